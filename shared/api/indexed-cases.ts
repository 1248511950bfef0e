import type { CaseIndex, CaseView } from '../case-index/case-index.ts';
import type { IndexedCase } from '../case-index/indexed-case.ts';
import { rowOf } from '../case-index/indexed-case.ts';
import type { CaseSource, FoundCase } from './case-source.ts';

/** The cases of the index that the pages use, too. */
export function indexedCases(index: Pick<CaseIndex, 'read'>): CaseSource {
  const found = (indexed: IndexedCase): FoundCase => ({
    subscription: indexed.subscription,
    row: rowOf(indexed),
  });
  async function* all(which: 'open' | 'closed'): AsyncGenerator<FoundCase> {
    const view: CaseView = await index.read();
    for (const indexed of view[which]) {
      yield found(indexed);
    }
  }
  return {
    open: () => all('open'),
    closed: () => all('closed'),
    find: async (subscription, caseId) => {
      const indexed = (await index.read()).find(subscription, caseId);
      return indexed && found(indexed);
    },
  };
}
