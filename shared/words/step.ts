import { ownMember } from '../own-member.ts';
import { isSameResource } from '../resource-id.ts';
import { wordFor } from './known-word.ts';
import type { Step } from '../contract/step.ts';

/** One side of a line: a value as Azure has it, or words if there is no value. */
export type Shown =
  { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'words'; readonly words: string };

/** One property of a step or of a drift: its name, its value, and the value that it gets or should have. */
export interface ChangeLine {
  readonly what: string;
  readonly from: Shown;
  readonly to: Shown;
}

type AnyCondition = { readonly is: unknown } | { readonly absent: true };
type AnyConditions = Readonly<Record<string, AnyCondition>>;

const notSet: Shown = { kind: 'words', words: 'not set' };
const notKnown: Shown = { kind: 'words', words: 'not known' };
const leftAlone: Shown = { kind: 'words', words: 'left as it is' };

function shownAt(conditions: AnyConditions, path: string, otherwise: Shown): Shown {
  const condition = ownMember(conditions, path);
  if (condition === undefined) {
    return otherwise;
  }
  return 'absent' in condition ? notSet : { kind: 'value', value: condition.is };
}

/** Every property that a step reads or writes. Only lines that are shown become text: there may be very many lines. */
export function stepLines({
  before,
  after,
}: {
  readonly before: AnyConditions;
  readonly after: AnyConditions;
}): readonly ChangeLine[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return paths.map((what) => ({
    what,
    from: shownAt(before, what, notKnown),
    to: shownAt(after, what, leftAlone),
  }));
}

/** Every property whose value is not as it should be. */
export function differenceLines(
  differences: readonly { readonly path: string; readonly actual?: unknown; readonly desired: unknown }[],
): readonly ChangeLine[] {
  return differences.map(({ path, actual, desired }) => ({
    what: path,
    from: actual === undefined ? notSet : { kind: 'value', value: actual },
    to: { kind: 'value', value: desired },
  }));
}

/** One side of a line as text. A value appears as JSON, so that `"true"` differs from `true`. */
export function shownText(shown: Shown): string {
  return shown.kind === 'words' ? shown.words : JSON.stringify(shown.value);
}

/** A line as text. */
export function lineText({ what, from, to }: ChangeLine): string {
  return `${what}: ${shownText(from)} -> ${shownText(to)}`;
}

/** The target of a step, if the target is not the resource of the step's case. */
export function otherTarget({ target }: { readonly target: string }, resource: string): string | undefined {
  return isSameResource(target, resource) ? undefined : target;
}

const stepWords: Readonly<Record<Step['kind'], string>> = {
  'storage-account-update': 'update of the storage account',
  'blob-container-update': 'update of the blob container',
};

/** The kind of a step, for people. */
export function stepText({ kind }: { readonly kind: string }): string {
  return wordFor(stepWords, kind);
}
