import { defined } from '../defined.ts';
import { readCaseData, type CaseData } from '../case/case-data.ts';
import { engineControl } from '../words/engine-controls.ts';
import type { ArmResource, Drift } from '../contract/observation.ts';
import type { Json } from '../contract/json.ts';
import type { Remediator } from '../contract/remediator.ts';
import { RemediationError } from '../errors.ts';
import type { Header } from '../ledger/format/entry.ts';
import type { JsonObject } from '../ledger/format/json.ts';
import { parseLine } from '../ledger/format/segment.ts';
import type { CaseRow } from '../ledger/ledger.ts';
import { parseResourceId } from '../resource-id.ts';
import { at, type Place } from './body.ts';
import type { Found } from './found.ts';

interface Known {
  readonly header: Header;
  readonly place: Place;
  /** Undefined if no entry of the file holds the data of the case. */
  readonly data: JsonObject | undefined;
}

/**
 * Follows the cases of an export or a segment, entry by entry. A case that is open at the end remains as last seen.
 */
export class OpenCases {
  readonly #open = new Map<string, Known>();

  /** @throws RemediationError or LedgerFormatError for a line that is not one of an export */
  add(text: string, place: Place): void {
    const line = parseLine(text);
    if (line.kind !== 'entry' || line.entry.header.case === null) {
      return;
    }
    const { header, bodyText } = line.entry;
    const id = header.case ?? '';
    if (header.kind === 'case-closed') {
      this.#open.delete(id);
      return;
    }
    const before = this.#open.get(id);
    const data = rowData(bodyText, place) ?? before?.data;
    this.#open.set(id, { header, place: data === before?.data ? (before?.place ?? place) : place, data });
  }

  /** The drifts of the open cases. */
  finish(remediators: readonly Remediator[]): readonly Found[] {
    return [...this.#open.entries()].flatMap(([id, known]) => {
      const found = foundIn(id, known, remediators);
      return found === undefined ? [] : [found];
    });
  }
}

function rowData(bodyText: string | undefined, place: Place): JsonObject | undefined {
  if (bodyText === undefined) {
    return undefined;
  }
  try {
    return (JSON.parse(bodyText) as { readonly row?: { readonly data?: JsonObject } }).row?.data;
  } catch (error) {
    throw new RemediationError('malformed-input', `Cannot read ${at(place)}: expected JSON`, {
      cause: error,
    });
  }
}

function foundIn(id: string, known: Known, remediators: readonly Remediator[]): Found | undefined {
  const { header, data, place } = known;
  if (data === undefined) {
    const why = 'the file does not hold the entries that say what is open';
    return { kind: 'unknown', resource: `case ${id}`, control: undefined, why, place };
  }
  const row: CaseRow = { key: '', caseId: id, state: 'open', sequence: header.sequence, data };
  const read = readData(row);
  if (read instanceof RemediationError) {
    const why = read.message;
    return { kind: 'unknown', resource: `case ${id}`, control: undefined, why, isUnreadable: true, place };
  }
  if (engineControl(read.control) !== undefined) {
    return undefined;
  }
  const remediator = remediators.find(({ meta }) => meta.id === read.control);
  return remediator === undefined
    ? {
        kind: 'unknown',
        resource: read.resource,
        control: read.control,
        why: 'this version knows no such control',
        place,
      }
    : driftOf(read, remediator, place);
}

/** An unreadable case, such as one of a later version, must not keep the others from being judged. */
function readData(row: CaseRow): CaseData | RemediationError {
  try {
    const data = readCaseData(row);
    if (engineControl(data.control) === undefined) {
      parseResourceId(data.resource);
    }
    return data;
  } catch (error) {
    if (error instanceof RemediationError) {
      return error;
    }
    throw error;
  }
}

function driftOf(data: CaseData, remediator: Remediator, place: Place | undefined): Found {
  const drift: Drift = {
    kind: 'drifted',
    differences: data.differences.map(({ path, actual, desired }) => ({ path, actual, desired })),
    severity: data.severity,
    ...defined({ exposure: data.exposure }),
  };
  return {
    kind: 'drifted',
    resource: data.resource,
    remediator,
    observation: { resource: bodyOf(data), root: undefined, isComplete: false },
    drift,
    severity: data.severity,
    witnessed: data.witnessed,
    place,
  };
}

/** The part of the resource that its case tells. */
function bodyOf({ resource, differences }: CaseData): ArmResource {
  const { type, name } = parseResourceId(resource);
  let body: ArmResource = { id: resource, name, type, properties: {} };
  for (const { path, actual } of differences) {
    if (actual !== undefined) {
      body = withValue(body, path.split('.'), actual) as ArmResource;
    }
  }
  return body;
}

function withValue(
  body: JsonObject | ArmResource,
  [name = '', ...rest]: readonly string[],
  value: Json,
): JsonObject {
  const inner = (body as Record<string, Json>)[name];
  const next =
    rest.length === 0
      ? value
      : withValue(typeof inner === 'object' && inner !== null ? (inner as JsonObject) : {}, rest, value);
  return { ...body, [name]: next };
}
