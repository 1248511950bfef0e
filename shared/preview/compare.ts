import type { Policy } from '../policy/policy.ts';
import type { FoundDrift } from './found.ts';
import { outcomeOf, type Outcome } from './outcome.ts';

/** The ways in which a new policy alters the response to a drift, worst first. */
export const alterations = {
  'newly-ignored': 'Newly ignored: no case would be opened',
  'newly-held': 'Newly held: a case would be open, and nothing done',
  'newly-asked': 'Newly asked about: a person would decide',
  'newly-automatic': 'Newly automatic: it would be changed at once',
  'other-reason': 'Done as before, for another reason',
  'other-rule': 'Done as before, by another rule',
} as const;
export type Alteration = keyof typeof alterations;

/** One drift that two policies treat differently. */
export interface Altered {
  readonly alteration: Alteration;
  /** `tightened`: more is done about the drift than before; `loosened`: less. */
  readonly direction: 'tightened' | 'loosened' | 'same';
  readonly before: Outcome;
  readonly after: Outcome;
}

/** The strength of each response to a leak. */
const strength = { ignore: 0, hold: 1, ask: 2, change: 3 } as const satisfies Record<Outcome['does'], number>;

const newly = {
  ignore: 'newly-ignored',
  hold: 'newly-held',
  ask: 'newly-asked',
  change: 'newly-automatic',
} as const satisfies Record<Outcome['does'], Alteration>;

/** The alteration that the new policy brings for one drift, or undefined. Pure. */
export function compareOutcomes(
  found: FoundDrift,
  old: Policy,
  other: Policy,
  now: Date,
): Altered | undefined {
  const before = outcomeOf(found, old, now);
  const after = outcomeOf(found, other, now);
  const alteration = alterationOf(before, after);
  return alteration === undefined
    ? undefined
    : { alteration, direction: directionOf(before, after), before, after };
}

function alterationOf(before: Outcome, after: Outcome): Alteration | undefined {
  if (before.does !== after.does) {
    return newly[after.does];
  }
  if (before.mode !== after.mode || before.reason !== after.reason || before.detail !== after.detail) {
    return 'other-reason';
  }
  return before.rule === after.rule ? undefined : 'other-rule';
}

function directionOf(before: Outcome, after: Outcome): Altered['direction'] {
  const more = strength[after.does] - strength[before.does];
  if (more === 0) {
    return 'same';
  }
  return more > 0 ? 'tightened' : 'loosened';
}
