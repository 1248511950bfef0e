import type { DecisionService } from '../shared/approval/decision-service.ts';
import { byUrgency, mayWait } from '../shared/case-index/figures.ts';
import { type IndexedCase, rowOf } from '../shared/case-index/indexed-case.ts';
import type { Caller } from '../shared/entra/caller.ts';
import type { Mine } from './views/dashboard-parts.ts';

/** Most cases that are examined for one page: each costs a question to the rules. */
const mostAsked = 200;
const atOnce = 25;

/** The cases that wait for a caller: people are asked about them, and the rules let this caller decide. */
export async function waitingFor(
  decisions: DecisionService,
  caller: Caller,
  cases: readonly IndexedCase[],
): Promise<Mine> {
  const decides = caller.roles.includes('Leakstop.Approver') || caller.roles.includes('Leakstop.RiskOwner');
  if (caller.kind !== 'person' || !decides) {
    return { cases: [], hasMore: false };
  }
  const candidates = cases.filter(mayWait).toSorted(byUrgency);
  const mine: IndexedCase[] = [];
  const asked = candidates.slice(0, mostAsked);
  for (let index = 0; index < asked.length; index += atOnce) {
    const part = asked.slice(index, index + atOnce);
    const options = await Promise.all(part.map((one) => decisions.optionsFor(rowOf(one), one.chain, caller)));
    mine.push(
      ...part.filter((_, at) => {
        const { allowed = [], given = [] } = options[at] ?? {};
        // A person who has already decided waits for others.
        return allowed.length > 0 && !given.some(({ by }) => by === caller.name);
      }),
    );
  }
  return { cases: mine, hasMore: candidates.length > asked.length };
}
