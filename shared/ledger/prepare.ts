import { RemediationError } from '../errors.ts';
import { wellFormed } from './as-kept.ts';
import { type Masked, maskSecrets } from '../text/mask-secrets.ts';
import type { Body } from './format/entry.ts';
import { canonicalJson, type JsonObject, sha256 } from './format/json.ts';
import { caseKeyPattern, chainPattern } from './format/keys.ts';
import { isCaseEntryKind } from './format/links.ts';
import { chainEntryKinds, type EntryKind } from './format/states.ts';
import type { CaseUpdate, NewEntry, Unit } from './ledger.ts';
import { storedLength } from './text-properties.ts';

/** A larger body goes to a blob. The unit is UTF-16 units, as in the limits of a row. */
const largestBodyInRow = 200_000;
/** A row holds 1 MiB, two bytes a UTF-16 unit; its other properties need little. */
const largestData = 450_000;
/** A transaction holds 100 rows, and the head is one of them. */
export const mostRowsBesideHead = 99;

/** An entry that is complete except for its place in the chain. */
export interface PreparedEntry {
  readonly kind: EntryKind;
  readonly key: string | undefined;
  readonly caseId: string | null;
  readonly bodyText: string;
  readonly bodyHash: string;
  readonly isBodyInBlob: boolean;
}

/** A unit after all checks that need no reading. */
export interface PreparedUnit extends Pick<Unit, 'chain' | 'cases' | 'changes' | 'head' | 'onlyNews'> {
  readonly entries: readonly PreparedEntry[];
}

/** True if a body lies in its entry's row; a larger one lies in a blob. */
export function fitsInRow(bodyText: string): boolean {
  return storedLength(bodyText) <= largestBodyInRow;
}

/**
 * Checks a unit and makes its bodies, without texts that look like secrets: a text that somebody else chose may look like a
 * secret, and is no reason to lose the entry.
 * @throws RemediationError `internal-error` if the unit breaks the contract.
 */
export function prepareUnit(given: Unit, salt: () => string): PreparedUnit {
  const unit = wellFormed(given);
  checkShape(unit);
  const lastOf = new Map(unit.entries.map((entry, index) => ['key' in entry ? entry.key : '', index]));
  const cases = unit.cases.map((update) => maskSecrets(update.data, 'row.data'));
  const head = maskSecrets(unit.head, 'head');
  const entries = unit.entries.map((entry, index) => {
    const updated = unit.cases.findIndex(
      ({ key }) => 'key' in entry && entry.key === key && lastOf.get(key) === index,
    );
    const isLast = index === unit.entries.length - 1;
    return prepareEntry(
      entry,
      { key: unit.cases[updated]?.key, row: cases[updated], head: isLast ? head : undefined },
      salt(),
    );
  });
  return {
    chain: unit.chain,
    entries,
    cases: unit.cases.map((update, index) => ({ ...update, data: cases[index]?.value ?? update.data })),
    ...(unit.changes && { changes: unit.changes }),
    ...(head.value && { head: head.value }),
    ...(unit.onlyNews && { onlyNews: unit.onlyNews }),
  };
}

/** Data that an entry carries so that the table can be made again from the chain. */
interface Carried {
  readonly key: string | undefined;
  /** Data of the case, carried by the case's last entry of the unit. */
  readonly row: Masked<JsonObject> | undefined;
  readonly head: Masked<JsonObject | undefined> | undefined;
}

function prepareEntry(entry: NewEntry, { key, row, head }: Carried, salt: string): PreparedEntry {
  const said = maskSecrets(bodyOf(entry));
  const places = [said, row, head].flatMap((masked) => masked?.places ?? []);
  const body: Body = {
    salt,
    ...said.value,
    ...(places.length > 0 && { payload: { ...said.value.payload, masked: maskedNote(places) } }),
    ...(key !== undefined && row && { row: { key, data: row.value } }),
    ...(head?.value && { head: head.value }),
  };
  const bodyText = canonicalJson(body);
  return {
    kind: entry.kind,
    key: 'key' in entry ? entry.key : undefined,
    caseId: 'caseId' in entry ? entry.caseId : null,
    bodyText,
    bodyHash: sha256(bodyText),
    isBodyInBlob: !fitsInRow(bodyText),
  };
}

/** Members that the contract does not name stay out of the bytes. The payload is written as it was given. */
function bodyOf({ body }: NewEntry): Omit<Body, 'salt' | 'row' | 'head'> {
  const { resource, control, actor, traceparent, payload } = body;
  return {
    ...(resource !== undefined && { resource }),
    ...(control !== undefined && { control }),
    ...(actor && { actor }),
    ...(traceparent !== undefined && { traceparent }),
    payload: payload as JsonObject,
  };
}

/** Most places that are listed; further ones are only counted. */
const mostPlaces = 20;

/** The note `payload.masked`: the number of masked texts, and the members of the body that hold them. */
function maskedNote(places: readonly string[]): JsonObject {
  return { texts: places.length, places: places.slice(0, mostPlaces) };
}

function checkShape(unit: Unit): void {
  if (!chainPattern.test(unit.chain)) {
    throw refused(unit, 'the name is not a subscription id in lower case, "tenant" or "service"');
  }
  if (unit.entries.length === 0) {
    throw refused(unit, 'the unit has no entry');
  }
  if ([unit.changes, unit.changes?.ordinary].some((changes) => changes && !isCount(changes))) {
    throw refused(unit, 'the count of changes is negative');
  }
  if (unit.head && storedLength(canonicalJson(unit.head)) > largestData) {
    throw refused(unit, 'the data of the head does not fit in a row');
  }
  unit.entries.forEach((entry) => checkEntry(unit, entry));
  unit.cases.forEach((update) => checkCase(unit, update));
}

function isCount({
  count,
  limitPerHour,
}: {
  readonly count: number;
  readonly limitPerHour: number;
}): boolean {
  return count >= 0 && limitPerHour >= 0;
}

function checkEntry(unit: Unit, entry: NewEntry): void {
  if (!('key' in entry)) {
    if (!chainEntryKinds.includes(entry.kind)) {
      throw refused(unit, `an entry "${entry.kind}" needs a case`);
    }
    return;
  }
  if (!isCaseEntryKind(entry.kind)) {
    throw refused(unit, `"${String(entry.kind)}" is not a kind of entry that a case has`);
  }
  if (!unit.cases.some((update) => update.key === entry.key && update.caseId === entry.caseId)) {
    throw refused(unit, `case "${entry.caseId}" has an entry and no update`);
  }
}

function checkCase(unit: Unit, update: CaseUpdate): void {
  if (!caseKeyPattern.test(update.key) || update.caseId === '') {
    throw refused(unit, `"${update.key}" of case "${update.caseId}" is not a case key`);
  }
  if (unit.cases.filter(({ key }) => key === update.key).length > 1) {
    throw refused(unit, `case "${update.caseId}" is updated twice`);
  }
  if (!unit.entries.some((entry) => 'key' in entry && entry.key === update.key)) {
    throw refused(unit, `case "${update.caseId}" is updated and no entry says so`);
  }
  if (storedLength(canonicalJson(update.data)) > largestData) {
    throw refused(unit, `the data of case "${update.caseId}" does not fit in a row`);
  }
}

export function refused(unit: { readonly chain: string }, why: string): RemediationError {
  return new RemediationError('internal-error', `Cannot append to chain "${unit.chain}": ${why}`);
}
