/** Faults of the given files and checkpoints. */
export const findingKinds = {
  altered: 'An entry, a body, a checkpoint or a segment is not what it was when it was chained or signed.',
  removed: 'Entries, a checkpoint or a whole chain are missing where something later knows them.',
  inserted: 'An entry stands where none belongs, or a second time.',
  reordered: 'Entries stand in another order than that of their sequence.',
  truncated: 'A chain ends before an entry that a checkpoint or the last line knows.',
  forked: 'There are two histories: two files, or a file and a checkpoint, disagree on the same entry.',
  'illegal-move': 'An entry is no legal move of its case, or of a kind that this version does not know.',
  'body-missing': 'A body is gone and no entry records its erasure.',
  interrupted: 'A file has no last line: what wrote it did not finish.',
  'not-given': 'Entries or checkpoints before or between what was given are in no file.',
  'wrong-key': 'No checkpoint was signed with a key that was given.',
  malformed: 'A file is not of this format.',
} as const satisfies Record<string, string>;

export type FindingKind = keyof typeof findingKinds;

/** One fault and its place. */
export interface LedgerFinding {
  readonly kind: FindingKind;
  readonly file: string | undefined;
  /** Number of the line, from 1. */
  readonly line: number | undefined;
  readonly chain: string | undefined;
  readonly sequence: number | undefined;
  readonly reason: string;
}

/** Makes a finding. Parts that are not given are unknown. */
export function finding(
  kind: FindingKind,
  place: { readonly [Name in 'file' | 'line' | 'chain' | 'sequence']?: LedgerFinding[Name] },
  reason: string,
): LedgerFinding {
  const { file, line, chain, sequence } = place;
  return { kind, file, line, chain, sequence, reason };
}
