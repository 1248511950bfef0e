import { z } from 'zod';
import { parseCanonical } from './canonical.ts';
import { type Header, parseHeader, timePattern } from './entry.ts';
import { canonicalJson, LedgerFormatError, sha256, sha256Pattern } from './json.ts';
import { chainPattern } from './keys.ts';

/*
 * A file of entries, one canonical JSON text a line, each line ended by one line feed:
 *
 *   the manifest, which says where each chain begins
 *   entries, chain by chain in the order of the manifest, each chain in the order of its sequence
 *   the end, without which the file is an interrupted one
 *
 * The same entries with the same manifest are the same bytes.
 */

/** The first format of segments and exports. */
export const segmentFormat = 1;

const chainName = z.string().regex(chainPattern);
const hash = z.string().regex(sha256Pattern);
const time = z.string().regex(timePattern);

const filterSchema = z.strictObject({
  /** Earliest time, included. */
  since: time.optional(),
  /** Latest time, excluded. */
  until: time.optional(),
  control: z.string().min(1).optional(),
  case: z.string().min(1).optional(),
});

const manifestSchema = z.strictObject({
  leakstop: z.enum(['segment', 'export']),
  format: z.literal(segmentFormat),
  chains: z.array(z.strictObject({ chain: chainName, from: z.int().positive(), previous: hash })),
  filter: filterSchema.optional(),
  createdAt: time,
});

const endSchema = z.strictObject({
  end: z.literal(true),
  chains: z.array(
    z.strictObject({
      chain: chainName,
      to: z.int().nonnegative(),
      hash,
      entries: z.int().nonnegative(),
      bodies: z.int().nonnegative(),
    }),
  ),
});

const erasedSchema = z.strictObject({ record: z.int().positive().optional() });

/**
 * Filter for entries that carry their body. The headers of all other entries are in the file too, so that the file can be
 * verified.
 */
export type Filter = Readonly<z.infer<typeof filterSchema>>;

/** The first line. A segment has one chain and no filter. `previous` is the hash before the chain's first entry here. */
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;

/** The last line: where each chain ends, the hash of its last entry, how many lines it has and how many carry a body. */
export type End = Readonly<z.infer<typeof endSchema>>;

/** Mark of a body that is gone from the store. `record` is the sequence of the entry with the reason, if known. */
export type Erased = Readonly<z.infer<typeof erasedSchema>>;

/** One entry of a file. Neither body nor `erased` means that the filter left the body out. */
export interface EntryLine {
  readonly header: Header;
  /** Hash of the header. */
  readonly hash: string;
  readonly bodyText: string | undefined;
  readonly erased: Erased | undefined;
}

export type Line =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'entry'; readonly entry: EntryLine }
  | { readonly kind: 'end'; readonly end: End };

/** Parts of an entry's line: stored texts, both canonical. */
export interface EntryTexts {
  readonly headerText: string;
  readonly bodyText?: string | undefined;
  readonly erased?: Erased | undefined;
}

/**
 * The first line, without its line feed.
 * @throws LedgerFormatError for a line that {@link parseLine} would refuse.
 */
export function manifestLine(manifest: Manifest): string {
  const text = canonicalJson(manifest);
  parseLine(text);
  return text;
}

/** An entry's line, without its line feed. */
export function entryLine({ headerText, bodyText, erased }: EntryTexts): string {
  if (bodyText !== undefined) {
    return `{"body":${bodyText},"header":${headerText}}`;
  }
  return erased ? `{"erased":${canonicalJson(erased)},"header":${headerText}}` : `{"header":${headerText}}`;
}

/** The last line, without its line feed. */
export function endLine(chains: End['chains']): string {
  return canonicalJson({ end: true, chains } satisfies End);
}

/**
 * Reads one line. The body's text comes unchecked: the caller checks its hash and its form.
 * @throws LedgerFormatError if the text is not the canonical text of such a line.
 */
export function parseLine(text: string): Line {
  const headerAt = text.lastIndexOf(headerName);
  if (headerAt !== -1) {
    return { kind: 'entry', entry: parseEntry(text, headerAt) };
  }
  if (text.includes('"leakstop":')) {
    return { kind: 'manifest', manifest: parseManifest(text) };
  }
  if (text.includes('"end":')) {
    return { kind: 'end', end: parseCanonical('last line', endSchema, text) };
  }
  throw new LedgerFormatError('Cannot read the line: it is neither a manifest nor an entry nor an end');
}

/** A header is the last member of its line and holds no object, so this text occurs once, whatever text a body holds. */
const headerName = '"header":{';

function parseEntry(text: string, headerAt: number): EntryLine {
  if (!text.startsWith('{') || !text.endsWith('}}')) {
    throw new LedgerFormatError('Cannot read the line: it is not JSON');
  }
  const headerText = text.slice(headerAt + headerName.length - 1, -1);
  const header = parseHeader(headerText);
  const before = text.slice(1, headerAt);
  const line = { header, hash: sha256(headerText), bodyText: undefined, erased: undefined };
  if (before === '') {
    return line;
  }
  const bodyText = member(before, 'body');
  if (bodyText !== undefined) {
    return { ...line, bodyText };
  }
  const erased = member(before, 'erased');
  if (erased !== undefined) {
    return { ...line, erased: parseCanonical('mark of an erased body', erasedSchema, erased) };
  }
  throw new LedgerFormatError('Cannot read the line: beside its header an entry has a body or nothing');
}

/** The text of the only member before the header. */
function member(text: string, name: string): string | undefined {
  const start = `"${name}":`;
  return text.startsWith(`${start}{`) && text.endsWith('},') ? text.slice(start.length, -1) : undefined;
}

function parseManifest(text: string): Manifest {
  const manifest = parseCanonical('first line', manifestSchema, text);
  const names = manifest.chains.map(({ chain }) => chain);
  if (names.some((name, index) => index > 0 && name <= (names[index - 1] ?? ''))) {
    throw new LedgerFormatError('Cannot read the first line: "chains": expected each chain once, sorted');
  }
  if (manifest.leakstop === 'segment' && (names.length !== 1 || manifest.filter !== undefined)) {
    throw new LedgerFormatError('Cannot read the first line: a segment has one chain and no filter');
  }
  return manifest;
}

/** Name of a segment's file in the container. */
export function segmentName(chain: string, from: number, to: number): string {
  return `segments/${chain}/${padded(from)}-${padded(to)}.ndjson`;
}

function padded(sequence: number): string {
  return String(sequence).padStart(16, '0');
}
