import { isDeepStrictEqual } from 'node:util';
import { type ChainedHeader, makeEntry } from './format/entry.ts';
import { isCaseEntryKind } from './format/links.ts';
import { type CaseState, stateAfter } from './format/states.ts';
import type { CaseRow, CaseUpdate, Commit } from './ledger.ts';
import { type PreparedEntry, type PreparedUnit, refused } from './prepare.ts';
import type { Head } from './rows.ts';
import { reserveLeft } from './write-reserve.ts';

/** A chain as a unit finds it. */
export interface Ground {
  readonly head: Head;
  /** The open case of that key; undefined if the case is not open. */
  row(key: string): CaseRow | undefined;
}

/** The rows and entries that a unit adds to the chain. */
export interface Effect {
  readonly head: Head;
  readonly entries: readonly { readonly chained: ChainedHeader; readonly prepared: PreparedEntry }[];
  /** Each case of the unit after the unit, closed ones too. */
  readonly cases: readonly CaseRow[];
}

/** The outcome of a unit once the transaction is committed. `illegal` is the caller's mistake. */
export type UnitOutcome = Commit | { readonly kind: 'illegal'; readonly error: Error };

/** The effect of a unit at this place of the chain; none unless the outcome is `committed`. Pure. */
export function effectOf(
  unit: PreparedUnit,
  ground: Ground,
  time: string,
): { readonly outcome: UnitOutcome; readonly effect?: Effect } {
  if (!unit.cases.every((update) => isAsExpected(ground.row(update.key), update))) {
    return { outcome: { kind: 'case-moved' } };
  }
  if (unit.onlyNews === true && saysAlready(ground.head, unit)) {
    return { outcome: { kind: 'known' } };
  }
  const budget = countChanges(ground.head, unit, time);
  const reserve = countReserve(ground.head, unit, time);
  if (budget.isOver || reserve.isOver) {
    return { outcome: { kind: 'over-budget', used: budget.used } };
  }
  const mistake = unit.cases.map((update) => illegalMove(unit, update, ground.row(update.key))).find(Boolean);
  if (mistake !== undefined) {
    return { outcome: { kind: 'illegal', error: refused(unit, mistake) } };
  }
  const data = { ...ground.head.data, ...reserve.data };
  return committed(unit, ground, { ...ground.head, hour: budget.hour, changes: budget.changes, data }, time);
}

function committed(unit: PreparedUnit, ground: Ground, start: Head, time: string) {
  let head = unit.head ? { ...start, data: { ...start.data, ...unit.head } } : start;
  const entries = unit.entries.map((prepared) => {
    const { kind, caseId, bodyHash } = prepared;
    const chained = makeEntry(head, { time, kind, case: caseId, bodyHash });
    head = { ...head, sequence: chained.header.sequence, hash: chained.hash };
    return { chained, prepared };
  });
  const sequences = entries.map(({ chained }) => chained.header.sequence);
  const cases = unit.cases.map((update): CaseRow => ({
    key: update.key,
    caseId: update.caseId,
    // An illegal move has no state after it, and was refused above.
    state: stateAfterUnit(unit, update.key, ground.row(update.key)) ?? 'open',
    sequence: sequences[unit.entries.findLastIndex(({ key }) => key === update.key)] ?? 0,
    data: update.data,
  }));
  return { outcome: { kind: 'committed' as const, sequences }, effect: { head, entries, cases } };
}

function isAsExpected(row: CaseRow | undefined, { expected }: CaseUpdate): boolean {
  return expected === 'absent' ? row === undefined : row?.sequence === expected;
}

/** Undefined if one of the moves is illegal. */
function stateAfterUnit(unit: PreparedUnit, key: string, row: CaseRow | undefined): CaseState | undefined {
  let state: CaseState | 'none' = row?.state ?? 'none';
  for (const entry of unit.entries) {
    if (entry.key === key && isCaseEntryKind(entry.kind)) {
      const after = stateAfter(state, entry.kind);
      if (after === undefined) {
        return undefined;
      }
      state = after;
    }
  }
  return state === 'none' ? undefined : state;
}

function illegalMove(unit: PreparedUnit, { key, caseId }: CaseUpdate, row: CaseRow | undefined) {
  if (row && row.caseId !== caseId) {
    return `case "${caseId}" is open as "${row.caseId}"`;
  }
  if (stateAfterUnit(unit, key, row) === undefined) {
    const kinds = unit.entries.filter((entry) => entry.key === key).map(({ kind }) => `"${kind}"`);
    return `case "${caseId}" in state "${row?.state ?? 'none'}" cannot take ${kinds.join(', ')}`;
  }
  return undefined;
}

function saysAlready({ data }: Head, { head = {} }: PreparedUnit): boolean {
  return Object.entries(head).every(([name, value]) => isDeepStrictEqual(data[name], value));
}

function countChanges(head: Head, unit: PreparedUnit, time: string) {
  const { hour, used: before } = changesIn(head, time);
  const {
    count,
    limitPerHour,
    ordinary,
    withdrawn = [],
  } = unit.changes ?? { count: 0, limitPerHour: Infinity };
  // A withdrawn change returns its share of the budget, if it took the share in this hour.
  const givenBack = withdrawn.filter((intendedAt) => intendedAt.slice(0, 13) === hour).length;
  const used = Math.max(0, before - givenBack);
  const isOver =
    (count > 0 && used + count > limitPerHour) ||
    (ordinary !== undefined && ordinary.count > 0 && used + ordinary.count > ordinary.limitPerHour);
  return { hour, used, changes: used + count, isOver };
}

/** The reserve after a unit; nothing for a unit that does not draw on it. */
function countReserve(head: Head, { changes }: PreparedUnit, time: string) {
  if (changes?.reserve === undefined) {
    return { isOver: false, data: {} };
  }
  const { count, returned, floor, limits } = changes.reserve;
  const before = reserveLeft(head.data, new Date(time), limits) + returned;
  const left = Math.min(before, limits.capacity) - count;
  return { isOver: count > 0 && left < floor, data: { reserve: { left, at: time } } };
}

/**
 * The hour of the head's count, and the count, as seen at a time. An hour just ahead of ours comes from another host's clock
 * and counts as the same hour.
 */
export function changesIn(
  head: Pick<Head, 'hour' | 'changes'>,
  time: string,
): { readonly hour: string; readonly used: number } {
  const thisHour = time.slice(0, 13);
  const hour = head.hour === hourAfter(thisHour) ? head.hour : thisHour;
  return { hour, used: head.hour === hour ? head.changes : 0 };
}

function hourAfter(hour: string): string {
  return new Date(Date.parse(`${hour}:00:00Z`) + 3_600_000).toISOString().slice(0, 13);
}
