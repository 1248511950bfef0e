import { randomUUID } from 'node:crypto';
import type { CaseEntryKind, CaseState } from '../../shared/ledger/format/states.ts';
import { caseMoves, stateAfter } from '../../shared/ledger/format/states.ts';
import type { JsonObject } from '../../shared/ledger/format/json.ts';
import { caseKey } from '../../shared/ledger/format/keys.ts';
import type { Ledger, NewEntry, Unit } from '../../shared/ledger/ledger.ts';
import { anyEntry } from './sample-payloads.ts';

/** Appends units to chains, each of which moves one case or none legally. `choose` gives numbers of 0 and more. */
export async function appendRandomly(
  ledger: Ledger,
  chains: readonly string[],
  count: number,
  choose: () => number,
): Promise<void> {
  for (let step = 0; step < count; step += 1) {
    const chain = chains[choose() % chains.length]!;
    const unit =
      choose() % 6 === 0
        ? ofChain(chain, choose)
        : await randomCaseUnit(ledger, chain, choose, () => ({ text: textOf(choose) }), randomUUID);
    const { kind } = await ledger.append(unit);
    if (kind !== 'committed') {
      throw new Error(`A legal unit was not committed: ${kind}`);
    }
  }
}

function textOf(choose: () => number): string {
  // Now and then a body that does not fit in a row.
  return choose() % 25 === 0 ? 'é'.repeat(250_000) : `text ${choose()}`;
}

function ofChain(chain: string, choose: () => number): Unit {
  const entry: NewEntry = { kind: 'signal-received', body: { payload: { text: textOf(choose) } } };
  const head = choose() % 2 === 0 ? { head: { [`name${choose() % 3}`]: choose() } } : {};
  return { chain, entries: [entry], cases: [], ...head };
}

/** One to three entries of one of a few cases, legal for what is there when it is read. */
export async function randomCaseUnit(
  ledger: Ledger,
  chain: string,
  choose: () => number,
  payload: () => JsonObject,
  newCaseId: () => string,
): Promise<Unit> {
  const root = `/subscriptions/${chain}/root${choose() % 2}`;
  const name = `resource${choose() % 3}`;
  const key = caseKey(root, `${root}/${name}`, 'control');
  const view = await ledger.readRoot(chain, root);
  const row = view.openCases.find((each) => each.key === key);
  const caseId = row?.caseId ?? newCaseId();
  const kinds: CaseEntryKind[] = [];
  let state: CaseState | 'none' = row?.state ?? 'none';
  for (let index = choose() % 3; index >= 0 && state !== 'closed'; index -= 1) {
    const legal = (Object.keys(caseMoves) as CaseEntryKind[]).filter(
      (kind) => stateAfter(state, kind) !== undefined,
    );
    const kind = legal[choose() % legal.length]!;
    state = stateAfter(state, kind)!;
    kinds.push(kind);
  }
  const changes = kinds.includes('change-intended') ? { changes: { count: 1, limitPerHour: 1e9 } } : {};
  return {
    chain,
    entries: kinds.map((kind) => anyEntry({ kind, key, caseId, body: { payload: payload() } })),
    cases: [{ key, caseId, expected: row?.sequence ?? 'absent', data: { step: choose() } }],
    ...changes,
  };
}
