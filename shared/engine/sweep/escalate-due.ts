import type { CaseData } from '../../case/case-data.ts';
import type { Case } from '../../case/draft.ts';
import { Draft, readCases } from '../../case/draft.ts';
import type { Severity } from '../../contract/observation.ts';
import { dueOf } from '../decide/due.ts';
import type { Engine } from '../engine.ts';
import { escalateIfDue } from '../people/escalate.ts';

/**
 * Escalates every open case of a subscription that is past due and was not escalated for it, also cases that no wake
 * reaches, such as the engine's own. Returns the number of escalated cases.
 */
export async function escalateDue(
  engine: Pick<Engine, 'ledger' | 'policy' | 'clock' | 'remediators'>,
  subscription: string,
): Promise<number> {
  let count = 0;
  for await (const row of engine.ledger.openCases(subscription)) {
    for (const subject of readCases([row]).cases) {
      count += (await escalateCase(engine, subscription, subject)) ? 1 : 0;
    }
  }
  return count;
}

async function escalateCase(
  engine: Pick<Engine, 'ledger' | 'policy' | 'clock' | 'remediators'>,
  subscription: string,
  subject: Case,
): Promise<boolean> {
  const draft = new Draft(undefined);
  escalateIfDue(draft, subject, dueOfRow(engine, subject), engine.clock.now());
  for (const unit of draft.units(subscription, engine.policy.limits)) {
    // A case that changed meanwhile is left to the pass that changed it, or to the next sweep.
    if ((await engine.ledger.append(unit)).kind === 'committed') {
      return true;
    }
  }
  return false;
}

/**
 * The due time that was recorded when the case was opened, since tags may decide it; otherwise the due time of the
 * present policy.
 */
function dueOfRow(engine: Pick<Engine, 'policy' | 'remediators'>, { data }: Case): CaseData['due'] {
  const { control, resource, firstSeenDrifted } = data;
  const severity: Severity = data.severity;
  const defaultMode =
    engine.remediators.find(({ meta }) => meta.id === control)?.meta.defaultMode ?? 'observe';
  return data.due ?? dueOf(engine, { control, defaultMode, resource, severity }, firstSeenDrifted);
}
