import { checkControls } from './checks/controls.ts';
import type { CheckContext } from './checks/check.ts';
import { checkExemptions } from './checks/exemptions.ts';
import { checkLimits } from './checks/limits.ts';
import { checkNames } from './checks/names.ts';
import { checkRules } from './checks/rules.ts';
import { checkTiming } from './checks/timing.ts';
import { compilePolicy } from './compile.ts';
import type { Diagnostic } from './diagnostic.ts';
import { inOrder } from './diagnostic.ts';
import { PolicyDocument } from './document.ts';
import type { Policy } from './policy.ts';
import { schemaFaults } from './schema-faults.ts';
import { textFault } from './text-faults.ts';
import { readYaml } from './yaml-text.ts';

/** The result of reading a text. A text with an error gives no policy. */
export interface PolicyReading {
  readonly diagnostics: readonly Diagnostic[];
  readonly accepted: { readonly document: PolicyDocument; readonly policy: Policy } | undefined;
}

const checks = [checkNames, checkControls, checkExemptions, checkRules, checkTiming, checkLimits];

/** Reads a policy, YAML or JSON. Never throws on a text: every fault comes with its place and its remedy. */
export function readPolicy(text: string, context: CheckContext): PolicyReading {
  const broken = textFault(text);
  if (broken !== undefined) {
    return { diagnostics: [broken], accepted: undefined };
  }
  const yaml = readYaml(text);
  const parsed = PolicyDocument.safeParse(yaml.value);
  if (yaml.faults.length > 0) {
    // Parts were not read, so only an unknown key is certainly wrong: it shows that the file is no policy.
    const unknown = parsed.error?.issues.filter(({ code }) => code === 'unrecognized_keys') ?? [];
    const faults = [...yaml.faults, ...schemaFaults(unknown, yaml.value).map(yaml.place)];
    return { diagnostics: inOrder(faults), accepted: undefined };
  }
  if (!parsed.success) {
    const faults = schemaFaults(parsed.error.issues, yaml.value).map(yaml.place);
    return { diagnostics: inOrder(faults), accepted: undefined };
  }
  const document = parsed.data;
  const diagnostics = inOrder(checks.flatMap((check) => check(document, context)).map(yaml.place));
  const isWrong = diagnostics.some(({ severity }) => severity === 'error');
  return { diagnostics, accepted: isWrong ? undefined : { document, policy: compilePolicy(document, text) } };
}
