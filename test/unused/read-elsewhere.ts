/** Members that no production code reads, and that stay all the same. */
export interface Kept {
  /** Path of the file that declares them. */
  readonly file: string;
  /** `Owner.member`; every member of the file when absent. */
  readonly members?: readonly string[];
  /** Who reads them, or what they are checked for. */
  readonly why: string;
}

export const readElsewhere: readonly Kept[] = [
  {
    file: 'shared/entra/claims.ts',
    members: ['Claims.nbf', 'Claims.exp'],
    why: 'A token without them is refused; the token verifier has judged their values before.',
  },
  {
    file: 'shared/intake/event.ts',
    members: ['EventGridEnvelope.eventTime'],
    why: 'An event without it is refused. Its value is taken from the raw event, where it may be of either schema.',
  },
  {
    file: 'shared/policy/document.ts',
    members: ['PolicyDocument.$schema'],
    why: 'Editors read it in the policy document.',
  },
  {
    file: 'shared/policy/document.ts',
    members: ['Networks.guardedSubnets'],
    why: 'Operators may write it already, and it is checked: controls of networks are to read it.',
  },
  {
    file: 'shared/case/case-data.ts',
    members: ['Undo.actor'],
    why: 'Entries carry the row of their case, where auditors read who took the change back.',
  },
  ...[
    { file: 'shared/work/claimed-row.ts', members: ['Claimable.id'] },
    { file: 'shared/work/notice-state.ts', members: ['NoticeState.id'] },
    { file: 'shared/work/sweep-run.ts', members: ['SweepRun.id'] },
  ].map((kept) => ({
    ...kept,
    why: 'Operators read in the row which process holds it. Instances of an older version refuse a claim without it.',
  })),
];

/**
 * Files that write rows and files which nobody but Leakstop reads. What is only written there is not used: a member that is
 * stored and never read again is dead.
 */
export const keepers: readonly RegExp[] = [/^shared\/work\/(?!queue\.ts$)/, /^shared\/case\/case-data\.ts$/];
