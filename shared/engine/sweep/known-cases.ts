import type { Case } from '../draft.ts';
import { caseOf } from '../draft.ts';
import type { Engine } from '../engine.ts';

/** The open cases of a subscription, by lower-case id of their root. */
export async function casesByRoot(
  { ledger }: Engine,
  subscription: string,
): Promise<ReadonlyMap<string, ReadonlyMap<string, Case>>> {
  const roots = new Map<string, Map<string, Case>>();
  for await (const row of ledger.openCases(subscription)) {
    const subject = caseOf(row);
    const root = subject.data.root.toLowerCase();
    const cases = roots.get(root) ?? new Map<string, Case>();
    roots.set(root, cases.set(subject.key, subject));
  }
  return roots;
}
