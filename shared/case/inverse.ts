import { RemediationError } from '../errors.ts';
import type { Change } from '../contract/change.ts';
import type { Condition } from '../contract/condition.ts';
import type { Json } from '../contract/json.ts';
import type { Step } from '../contract/step.ts';
import { ownMember } from '../own-member.ts';

/**
 * The change that takes another one back: each step inverted, the last one first. A write cannot make a property
 * absent again, so such a property comes back as the default that the change itself names. Pure.
 * @throws RemediationError `not-supported` when the change cannot be taken back
 */
export function inverseOf(change: Change): Change {
  const { undo } = change;
  if (undo.kind === 'none') {
    throw new RemediationError('not-supported', `Cannot undo the change: ${undo.note}`);
  }
  const defaults = undo.kind === 'default' ? (undo.values ?? {}) : {};
  return {
    steps: change.steps.map((step) => inverseStep(step, defaults)).reverse(),
    impact: 'What the change closed is open again, as it was before.',
    undo: { kind: 'exact' },
  };
}

function inverseStep(step: Step, defaults: Readonly<Record<string, Json>>): Step {
  const after = Object.entries(step.before).map(
    ([path, condition]) => [path, valueBefore(path, condition, defaults)] as const,
  );
  return { ...step, before: step.after, after: Object.fromEntries(after) };
}

function valueBefore(
  path: string,
  condition: Condition,
  defaults: Readonly<Record<string, Json>>,
): Condition {
  if (!('absent' in condition)) {
    return condition;
  }
  const value = ownMember(defaults, path);
  if (value === undefined) {
    throw new RemediationError(
      'not-supported',
      `Cannot undo the change: "${path}" was absent, and no default of Azure is documented for it`,
    );
  }
  return { is: value };
}

/** Properties that were absent before the change, with the default that an undo writes instead. */
export function defaultsWritten(change: Change): Readonly<Record<string, Json>> {
  const absent = change.steps
    .flatMap(({ before }) => Object.entries(before))
    .filter(([, condition]) => 'absent' in condition)
    .map(([path]) => path);
  const values = change.undo.kind === 'default' ? (change.undo.values ?? {}) : {};
  return Object.fromEntries(Object.entries(values).filter(([path]) => absent.includes(path)));
}
