import { z } from 'zod';
import { RemediationError } from '../errors.ts';
import type { Sealer } from '../seal/sealer.ts';
import { type Digests, digestsFromJson, digestsToJson } from './digests.ts';
import { type ChainedHeader, genesis, type Position } from './format/entry.ts';
import { canonicalJson, type JsonObject } from './format/json.ts';
import { closedKey, entryKey, headKey, openKey, parseRowKey } from './format/keys.ts';
import { caseStates } from './format/states.ts';
import type { CaseRow, TellUnreadable } from './ledger.ts';
import type { NewRow, Row } from './table.ts';
import { joinText, splitText } from './text-properties.ts';

/** The part of a head that a seal covers beside the digests. */
export interface SealedState {
  readonly sequence: number;
  readonly hash: string;
  readonly commit: string;
  readonly hour: string;
  readonly changes: number;
  readonly data: JsonObject;
}

/** The seal of a head by the app that carries out changes. */
export interface HeadSeal {
  readonly app: string;
  /** In hexadecimal; see `head-seal.ts`. */
  readonly seal: string;
  readonly digests: Digests;
  /** Closed rows of entries up to this sequence are from before there were seals: a person vouched for them. */
  readonly since: number;
  /** The head that was sealed, where somebody without the key moved the head on. */
  readonly of?: SealedState | undefined;
}

/** The end of a chain, and the data guarded together with it. */
export interface Head extends Position {
  /** Id of the commit that wrote the head. A commit recognises itself by this id after its answer was lost. */
  readonly commit: string;
  /** The hour, such as `2026-03-01T14`, whose started changes `changes` counts. */
  readonly hour: string;
  readonly changes: number;
  /** The engine's data. */
  readonly data: JsonObject;
  readonly seal?: HeadSeal | undefined;
}

/** The head of a chain without entries. */
export function emptyHead(chain: string): Head {
  return { ...genesis(chain), commit: '', hour: '', changes: 0, data: {} };
}

export function headRow(head: Head): NewRow {
  return {
    partitionKey: head.chain,
    rowKey: headKey,
    sequence: head.sequence,
    hash: head.hash,
    commit: head.commit,
    hour: head.hour,
    changes: head.changes,
    ...splitText('data', canonicalJson(head.data)),
    ...sealProperties(head.seal),
  };
}

function sealProperties(seal: HeadSeal | undefined): Record<string, string | number> {
  return seal === undefined
    ? {}
    : {
        sealedBy: seal.app,
        seal: seal.seal,
        sealedSince: seal.since,
        ...splitText('digests', canonicalJson(digestsToJson(seal.digests))),
        ...(seal.of === undefined ? {} : splitText('sealed', canonicalJson({ ...seal.of }))),
      };
}

/** Undefined where the row has no seal that can be read: such a head counts as unsealed. */
function sealOf(row: Row): HeadSeal | undefined {
  const { sealedBy, seal, sealedSince: since } = row;
  const digests = digestsFromJson(jsonIn(row, 'digests'));
  const sealed = jsonIn(row, 'sealed');
  const of = sealed === undefined ? undefined : SealedStateSchema.safeParse(sealed);
  if (
    typeof sealedBy !== 'string' ||
    typeof seal !== 'string' ||
    typeof since !== 'number' ||
    digests === undefined ||
    of?.success === false
  ) {
    return undefined;
  }
  return { app: sealedBy, seal, digests, since, ...(of === undefined ? {} : { of: of.data }) };
}

const SealedStateSchema = z.strictObject({
  sequence: z.int().nonnegative(),
  hash: z.string(),
  commit: z.string(),
  hour: z.string(),
  changes: z.int().nonnegative(),
  data: z.record(z.string(), z.json()),
});

function jsonIn(row: Row, property: string): unknown {
  try {
    return JSON.parse(joinText(row, property) ?? '') as unknown;
  } catch {
    return undefined;
  }
}

/** `body` is undefined if the body lies in a blob. */
export function entryRow(entry: ChainedHeader, body: string | undefined): NewRow {
  return {
    partitionKey: entry.header.chain,
    rowKey: entryKey(entry.header.sequence),
    header: entry.text,
    bodyIn: body === undefined ? 'blob' : 'row',
    ...(body === undefined ? {} : splitText('body', body)),
  };
}

export function openRow(chain: string, row: CaseRow): NewRow {
  return { partitionKey: chain, rowKey: openKey(row.key), ...caseProperties(row) };
}

/** `seal` is that of {@link closedSeal}, where the app seals its rows. */
export function closedRow(chain: string, row: CaseRow, closedAt: string, seal?: string): NewRow {
  return {
    partitionKey: chain,
    rowKey: closedKey(row.key, row.sequence),
    closedAt,
    ...caseProperties(row),
    ...(seal === undefined ? {} : { seal }),
  };
}

/** The seal of a closed row, which is written once: over its chain, its case and the time of its closing. */
export function closedSeal(sealer: Sealer, chain: string, row: CaseRow, closedAt: string): string {
  const { key, caseId, state, sequence, data } = row;
  const text = canonicalJson({ chain, key, caseId, state, sequence, data, closedAt });
  return sealer.mac('closed row', text).toString('hex');
}

function caseProperties(row: CaseRow): Record<string, string | number> {
  return {
    caseId: row.caseId,
    state: row.state,
    sequence: row.sequence,
    ...splitText('data', canonicalJson(row.data)),
  };
}

/** Reads a row as the head of its chain. */
export function parseHead(row: Row): Head {
  return {
    chain: text(row, 'partitionKey'),
    sequence: count(row, 'sequence'),
    hash: text(row, 'hash'),
    commit: text(row, 'commit'),
    hour: text(row, 'hour'),
    changes: count(row, 'changes'),
    data: data(row),
    seal: sealOf(row),
  };
}

/** The case of a row; undefined if the row is malformed, and then `tell` receives the row. */
export function readCase(row: Row, tell: TellUnreadable = () => undefined): CaseRow | undefined {
  try {
    return parseCase(row);
  } catch {
    tell({ key: String(row.rowKey).split('!')[1] ?? '' });
    return undefined;
  }
}

/** Reads an open or a closed row as its case. */
export function parseCase(row: Row): CaseRow {
  const name = parseRowKey(text(row, 'rowKey'));
  const state = caseStates.find((known) => known === row.state);
  if ((name.kind !== 'open' && name.kind !== 'closed') || state === undefined) {
    throw unreadable(row, 'state');
  }
  return {
    key: name.key,
    caseId: text(row, 'caseId'),
    state,
    sequence: count(row, 'sequence'),
    data: data(row),
  };
}

function text(row: Row, property: string): string {
  const value = row[property];
  if (typeof value !== 'string') {
    throw unreadable(row, property);
  }
  return value;
}

function count(row: Row, property: string): number {
  const value = row[property];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw unreadable(row, property);
  }
  return value;
}

function data(row: Row): JsonObject {
  try {
    return JSON.parse(joinText(row, 'data') ?? '') as JsonObject;
  } catch {
    throw unreadable(row, 'data');
  }
}

function unreadable(row: Row, property: string): RemediationError {
  return new RemediationError(
    'malformed-input',
    `Cannot read row "${String(row.rowKey)}" of chain "${String(row.partitionKey)}": "${property}" is not as written`,
  );
}
