import type { Case } from '../../case/draft.ts';
import { noteDifferences } from '../../case/differences.ts';
import type { Judgement } from '../../contract/judgement.ts';
import { isDrift } from '../../contract/judgement.ts';
import { caseKey } from '../../ledger/format/keys.ts';
import { escalateWhenDue } from '../people/escalate.ts';
import { assessUndo } from './assess-undo.ts';
import { closeInSync, writersSince } from './close-case.ts';
import type { Matter, Settling } from './matter.ts';
import { openCase } from './open-case.ts';
import { noteWriters } from './opener.ts';
import { awaitVerification, resume } from './resume.ts';
import { settleDrift } from './settle-drift.ts';
import { reconsiderHold, tryAgain } from './try-again.ts';

/**
 * Drafts the effect of one judgement on its case. The files of this folder tell the life of a case in this order:
 * open-case and opener; settle-drift and draft-treatment, which decide; try-again and resume, which take up cases that
 * rest and changes that were started; assess-undo and end-undo; close-case.
 */
export function assess(settling: Settling, judgement: Judgement): void {
  const { assessment, draft } = settling;
  const { finding, resource, remediator } = judgement;
  const known = assessment.cases.get(caseKey(assessment.root, resource, remediator.meta.id));
  if (known?.data.undo !== undefined) {
    if (known.state !== 'closed') {
      assessUndo(settling, known, judgement.observation.resource);
    }
    return;
  }
  if (isDrift(judgement)) {
    assessDrift({ ...settling, judgement }, known);
  } else if (known !== undefined && finding.kind === 'in-sync') {
    const observedAt = assessment.lookedAt.toISOString();
    closeInSync(draft, known, { observedAt }, assessment.engine.clock, writersSince(assessment.told, known));
  } else if (known !== undefined && finding.kind === 'not-applicable') {
    closeInSync(draft, known, { notApplicable: finding.reason }, assessment.engine.clock);
  }
}

function assessDrift(matter: Matter, known: Case | undefined): void {
  const { draft, judgement } = matter;
  const subject = known ?? openCase(matter);
  if (subject === undefined) {
    return;
  }
  if (known !== undefined) {
    noteWriters(matter, subject);
    noteDifferences(draft, subject, judgement);
  }
  assessState(matter, subject);
  escalateWhenDue(matter, subject, judgement);
}

function assessState(matter: Matter, subject: Case): void {
  switch (subject.state) {
    case 'changing':
      resume(matter, subject);
      return;
    case 'verifying':
      awaitVerification(matter, subject);
      return;
    case 'failed':
      tryAgain(matter, subject);
      return;
    case 'held':
      reconsiderHold(matter, subject);
      return;
    case 'open':
    case 'awaiting-decision':
      settleDrift(matter, subject);
      return;
    case 'waiting':
    case 'stuck':
    case 'closed':
    case 'none':
  }
}
