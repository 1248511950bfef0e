import type { Case } from '../../case/draft.ts';
import type { JudgedDrift, Judgement } from '../../contract/judgement.ts';
import { isDrift } from '../../contract/judgement.ts';
import { caseKey } from '../../ledger/format/keys.ts';
import type { Assessment } from './assessment.ts';
import { calm } from './circumstances.ts';
import { circumstancesNow } from './circumstances-now.ts';
import { decide } from './decide.ts';
import type { Standing } from './outcome-now.ts';
import type { Treatment } from './treatment.ts';
import { isWitnessed } from './witnessed.ts';

/** A drift that has to be decided, and the decision if nothing stood in the way. */
export interface Pending {
  readonly judgement: JudgedDrift;
  readonly key: string;
  readonly known: Case | undefined;
  readonly calmly: Treatment;
}

/** `changing` and `verifying` are included: a change that somebody took back is decided anew in the same look. */
const reconsidered: readonly string[] = [
  'open',
  'held',
  'failed',
  'awaiting-decision',
  'changing',
  'verifying',
];

/** The drift of a judgement, if it has to be decided. */
export function pendingOf(assessment: Assessment, judgement: Judgement): readonly Pending[] {
  const { remediator, resource } = judgement;
  const key = caseKey(assessment.root, resource, remediator.meta.id);
  const known = assessment.cases.get(key);
  if (!isDrift(judgement) || known?.data.undo !== undefined) {
    return [];
  }
  if (known !== undefined && !reconsidered.includes(known.state)) {
    return [];
  }
  const standing: Standing = known ?? {
    key,
    state: 'none',
    data: { witnessed: isWitnessed(assessment, resource, remediator.meta.id) },
  };
  const calmly = decide({ ...circumstancesNow(assessment, judgement, standing), ...calm });
  return calmly.kind === 'ignore' ? [] : [{ judgement, key, known, calmly }];
}
