import { Command, InvalidArgumentError, Option } from 'commander';
import { catalogue } from '../remediators/index.ts';
import { armTypes } from '../shared/contract/arm-types.ts';
import type { RemediatorMeta } from '../shared/contract/remediator.ts';
import type { Severity } from '../shared/contract/observation.ts';
import { RemediationError } from '../shared/errors.ts';
import { explainPolicy } from '../shared/policy/explain.ts';
import { isMoment, momentOf } from '../shared/policy/moment.ts';
import { nearest } from '../shared/policy/suggest.ts';
import { parseResourceId } from '../shared/resource-id.ts';
import { type PolicyContext, type PolicyFile, readPolicyFile } from './policy-file.ts';
import { PolicyRefusal } from './policy-refusal.ts';
import { diagnosticsText, explanationText } from './policy-text.ts';

interface Options {
  readonly policy: string;
  readonly tag: Readonly<Record<string, string>>;
  readonly severity?: Severity;
  readonly at?: Date;
  readonly json?: true;
}

const help = `
Needs no network and no login: the tags of the resource are those that you give.

Says which mode holds and which rule decides, what became of every other rule, whether the drift is exempt, whether a
freeze or a window makes automatic changes wait, and who answers for it.

Examples:
  leakstop policy explain "$ID" storage-account-min-tls --policy policy.yaml
  leakstop policy explain "$ID" storage-account-min-tls --policy policy.yaml --tag environment=production
  leakstop policy explain "$ID" storage-account-https-only --policy policy.yaml --at 2026-12-24T22:00:00Z --json`;

/** `leakstop policy explain`. */
export function policyExplain(context: PolicyContext): Command {
  return new Command('explain')
    .summary('say what a policy does about a control on a resource, and why')
    .description('Says what a policy document does about one control on one resource, and why.')
    .argument('<resource>', 'ARM id: /subscriptions/...', resourceText)
    .argument('<control>', 'id of the control, such as storage-account-min-tls', controlMeta)
    .requiredOption('--policy <file>', 'the document; "-" reads standard input')
    .option('--tag <name=value>', 'a tag of the resource; may be given more than once', addTag, {})
    .addOption(
      new Option('--severity <severity>', 'of the drift; that of the control when absent').choices([
        'low',
        'medium',
        'high',
        'critical',
      ]),
    )
    .option('--at <time>', 'when, such as 2026-12-24 or 2026-12-24T22:00:00Z; now when absent', time)
    .option('--json', 'print the explanation as JSON')
    .addHelpText('after', help)
    .action(async (resource: string, meta: RemediatorMeta, options: Options, command: Command) => {
      checkPair(resource, meta, command);
      const now = options.at ?? context.clock.now();
      const accepted = acceptedOf(await readPolicyFile(options.policy, context, now));
      const { id: control, defaultMode } = meta;
      const severity = options.severity ?? meta.severity;
      const subject = { control, defaultMode, resource, severity, tags: options.tag };
      const explanation = explainPolicy(accepted, subject, now);
      const text = options.json
        ? `${JSON.stringify(explanation, null, 2)}\n`
        : explanationText(explanation, now);
      await context.output.write(text);
    });
}

/** Refuses a resource of another type than the control's: the policy's ruling on such a pair would never apply. */
function checkPair(resource: string, meta: RemediatorMeta, command: Command): void {
  const type = armTypes[meta.part];
  if (parseResourceId(resource).type.toLowerCase() !== type.toLowerCase()) {
    command.error(`error: "${meta.id}" is about resources of type ${type}, and "${resource}" is none`);
  }
}

function acceptedOf(file: PolicyFile) {
  if (file.reading.accepted === undefined) {
    throw new PolicyRefusal(`Cannot explain "${file.name}": the document has errors`, diagnosticsText(file));
  }
  return file.reading.accepted;
}

function resourceText(text: string): string {
  try {
    return parseResourceId(text).text;
  } catch (error) {
    if (error instanceof RemediationError) {
      throw new InvalidArgumentError('Expected the ARM id of a resource: /subscriptions/...');
    }
    throw error;
  }
}

function controlMeta(id: string): RemediatorMeta {
  const found = catalogue.find(({ meta }) => meta.id === id);
  if (found === undefined) {
    const ids = catalogue.map(({ meta }) => meta.id);
    const meant = nearest(id, ids);
    throw new InvalidArgumentError(
      meant === undefined ? `Controls are ${ids.join(', ')}.` : `Did you mean "${meant}"?`,
    );
  }
  return found.meta;
}

function addTag(text: string, tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('Expected a name and a value: environment=production');
  }
  return { ...tags, [name]: value };
}

function time(text: string): Date {
  if (!isMoment(text)) {
    throw new InvalidArgumentError('Expected a day or a time: 2026-12-24 or 2026-12-24T22:00:00Z');
  }
  return new Date(momentOf(text));
}
