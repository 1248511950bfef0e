import { proposedOf, summaryOf } from '../shared/api/case-answers.ts';
import type { CaseSummary } from '../shared/api/schemas.ts';
import { type IndexedCase, indexCase } from '../shared/case-index/indexed-case.ts';
import { controlWords } from '../shared/words/control.ts';
import { defined } from '../shared/defined.ts';
import type { StoryEntry } from '../shared/words/story/told.ts';
import type { RemediatorMeta } from '../shared/contract/remediator.ts';
import { listChains } from '../shared/ledger/checkpoints/chains.ts';
import { parsed } from '../shared/ledger/checkpoints/parsed.ts';
import { readEntries, type StoredEntry } from '../shared/ledger/export/read-entries.ts';
import { parseBody } from '../shared/ledger/format/entry.ts';
import { closedRange, openRange } from '../shared/ledger/format/keys.ts';
import { caseStates } from '../shared/ledger/format/states.ts';
import { rowsIn } from '../shared/ledger/rows-in.ts';
import { parseCase } from '../shared/ledger/rows.ts';
import { type ReadNames, type SubscriptionNames, subscriptionNames } from '../shared/subscription-names.ts';
import type { Row } from '../shared/ledger/table.ts';
import type { ReadableStorage } from './storage.ts';
import {
  type CaseSelection,
  type CaseListing,
  type CaseSource,
  missingIn,
  openStates,
} from './case-source.ts';

/** Reads cases from the tables, for callers who may read those: closed cases of any age, without the service. */
export function casesOfTables(
  store: ReadableStorage,
  metas: readonly RemediatorMeta[],
  signal: AbortSignal,
): CaseSource {
  const names = namesIn(store);
  const known = new Map<string, IndexedCase>();
  const read = async (filter: CaseSelection, beginning = ''): Promise<CaseListing> => {
    const states = filter.state ?? openStates;
    const ranges = [
      ...(states.some((state) => state !== 'closed') ? [openRange()] : []),
      ...(states.includes('closed') ? [closedRange()] : []),
    ];
    const chains = filter.subscription ?? (await listChains(store.table, [], () => undefined));
    const cases: CaseSummary[] = [];
    let unreadable = 0;
    for (const { chain, range } of chains.flatMap((each) =>
      ranges.map((range) => ({ chain: each, range })),
    )) {
      for await (const row of rowsIn(store.table, chain, range)) {
        signal.throwIfAborted();
        const indexed = parsed(() => indexedOf(chain, row));
        if (indexed === undefined) {
          unreadable += 1;
        } else if (isWanted(indexed, filter) && indexed.caseId.toLowerCase().startsWith(beginning)) {
          known.set(`${chain}/${indexed.caseId}`, indexed);
          cases.push(summaryOf(indexed, metas, await names()));
        }
      }
    }
    return { cases, missing: missingIn({ unreadable, left: 0, leftClosed: 0 }) };
  };
  return {
    list: (filter) => read(filter),
    begin: (id, filter) => read({ ...filter, state: caseStates }, id),
    show: async (summary) => {
      const { subscription, case: id } = summary;
      const indexed = known.get(`${subscription}/${id}`);
      if (indexed === undefined) {
        throw new Error(`Cannot show the case "${id}": it was not listed`);
      }
      return {
        ...summary,
        ...defined({ rationale: controlWords(metas, summary.control)?.rationale }),
        proposal: proposedOf(indexed).proposal,
        story: await storyOf(store, subscription, id, signal),
      };
    },
  };
}

/** The display names that the service keeps; none for a login that may not read them. */
function namesIn({ names }: ReadableStorage): ReadNames {
  const read = async () => {
    try {
      return subscriptionNames((await names?.read())?.names ?? {});
    } catch {
      return subscriptionNames({});
    }
  };
  let answer: Promise<SubscriptionNames> | undefined;
  return () => (answer ??= read());
}

function indexedOf(chain: string, row: Row): IndexedCase {
  const { closedAt } = row;
  return indexCase(chain, parseCase(row), typeof closedAt === 'string' ? closedAt : undefined);
}

function isWanted(
  { control, state, severity }: IndexedCase,
  filter: Pick<CaseSelection, 'control' | 'state' | 'severity'>,
): boolean {
  return (
    (filter.control?.includes(control) ?? true) &&
    (filter.state ?? openStates).includes(state) &&
    (filter.severity?.includes(severity) ?? true)
  );
}

async function storyOf(store: ReadableStorage, chain: string, id: string, signal: AbortSignal) {
  const entries: StoryEntry[] = [];
  let unreadable = 0;
  const onUnreadable = () => (unreadable += 1);
  for await (const entry of readEntries(store, chain, 1, { case: id }, onUnreadable)) {
    signal.throwIfAborted();
    if (entry.header.case === id) {
      entries.push(storyEntry(entry));
    }
  }
  return { entries, isCut: false, unreadable };
}

function storyEntry({ header: { sequence, time, kind }, bodyText }: StoredEntry): StoryEntry {
  const body = bodyText === undefined ? undefined : parsed(() => parseBody(bodyText));
  return {
    sequence,
    time,
    kind,
    ...(body === undefined ? {} : { payload: body.payload }),
    ...(body?.actor == null ? {} : { actor: body.actor }),
  };
}
