import { LedgerFormatError, sha256 } from './json.ts';

/*
 * Row keys sort by their characters: `closed!` < `entry!` < `head` < `open!`. The bounds of a range end in `~`, which
 * sorts after every character that a key is made of.
 */

const digits = 16;
const afterEveryKey = '~';

/** Key of the row that holds a chain's end. */
export const headKey = 'head';

export interface KeyRange {
  /** First key inside. */
  readonly from: string;
  /** First key outside. */
  readonly before: string;
}

/** An Azure id in the form that is hashed. */
function comparable(resource: string): string {
  return resource.replace(/\/+$/, '').toLowerCase();
}

/** Key of a root, which all cases under it share. 32 hexadecimal digits. */
export function rootKey(root: string): string {
  return sha256(comparable(root)).slice(0, 32);
}

/**
 * Key of one drift: one control on one resource under one root. An open drift has one row of that key, so it cannot be open
 * twice. The key starts with {@link rootKey}, so that the cases of a root are one range.
 */
export function caseKey(root: string, resource: string, control: string): string {
  return `${rootKey(root)}.${sha256(`${comparable(resource)}\n${control}`)}`;
}

export const caseKeyPattern = /^[0-9a-f]{32}\.[0-9a-f]{64}$/;

/** Name of a chain: a subscription's GUID in lower case, `tenant` or `service`. */
export const chainPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

function padded(sequence: number): string {
  return String(sequence).padStart(digits, '0');
}

export function entryKey(sequence: number): string {
  return `entry!${padded(sequence)}`;
}

export function openKey(key: string): string {
  return `open!${key}`;
}

export function closedKey(key: string, sequence: number): string {
  return `closed!${key}!${padded(sequence)}`;
}

/** Open cases of a root, or of the whole chain. */
export function openRange(root?: string): KeyRange {
  const prefix = root === undefined ? 'open!' : `open!${rootKey(root)}.`;
  return { from: prefix, before: prefix + afterEveryKey };
}

/** Closed cases of a root, or of the whole chain. */
export function closedRange(root?: string): KeyRange {
  const prefix = root === undefined ? 'closed!' : `closed!${rootKey(root)}.`;
  return { from: prefix, before: prefix + afterEveryKey };
}

/** The row that a key belongs to. */
export type RowName =
  | { readonly kind: 'head' }
  | { readonly kind: 'entry' }
  | { readonly kind: 'open'; readonly key: string }
  | { readonly kind: 'closed'; readonly key: string };

const rowKeyPattern =
  /^(?:(?<head>head)|entry!(?<entry>\d{16})|open!(?<open>[0-9a-f]{32}\.[0-9a-f]{64})|closed!(?<closed>[0-9a-f]{32}\.[0-9a-f]{64})!\d{16})$/;

/** @throws LedgerFormatError for a key that no row of a chain can have. */
export function parseRowKey(rowKey: string): RowName {
  const { head, entry, open, closed } = rowKeyPattern.exec(rowKey)?.groups ?? {};
  if (head !== undefined) {
    return { kind: 'head' };
  }
  if (entry !== undefined) {
    return { kind: 'entry' };
  }
  if (open !== undefined) {
    return { kind: 'open', key: open };
  }
  if (closed !== undefined) {
    return { kind: 'closed', key: closed };
  }
  throw new LedgerFormatError(
    `Cannot read the row key "${rowKey}": expected "head", "entry!...", "open!..." or "closed!..."`,
  );
}
