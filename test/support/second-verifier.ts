import { createHash, type KeyObject, verify } from 'node:crypto';

/*
 * Written from shared/ledger/README.md alone: it imports nothing of ours, and takes the legal moves from that page. Where the
 * two verifiers differ, one of them is wrong, or the page.
 */

type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value };
type Members = Readonly<Record<string, Value>>;

class Fault extends Error {}

function must(condition: boolean, why: string): asserts condition {
  if (!condition) {
    throw new Fault(why);
  }
}

const hashOf = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

/** RFC 8785: members sorted by UTF-16 code units, strings and numbers as JSON.stringify writes them. */
function canonical(value: Value): string {
  if (value === null || typeof value !== 'object') {
    must(typeof value !== 'string' || value.isWellFormed(), 'half a surrogate pair');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${(value as readonly Value[]).map(canonical).join(',')}]`;
  }
  const members = value as Members;
  // The default order of sort is that of UTF-16 code units.
  const names = Object.keys(members).sort();
  return `{${names.map((name) => `${canonical(name)}:${canonical(members[name]!)}`).join(',')}}`;
}

function readObject(text: string): Members {
  let value: Value;
  try {
    value = JSON.parse(text) as Value;
  } catch {
    throw new Fault('no JSON');
  }
  must(isObject(value) && canonical(value) === text, 'not in canonical form');
  return value;
}

const isObject = (value: Value | undefined): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Check = (value: Value) => boolean;
const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const text: Check = (value) => typeof value === 'string';
const filled: Check = (value) => typeof value === 'string' && value !== '';
const whole =
  (least: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least;
const only =
  (one: Value): Check =>
  (value) =>
    value === one;
const listOf =
  (members: Shape, least = 0): Check =>
  (value) =>
    Array.isArray(value) && value.length >= least && value.every((each: Value) => fits(each, members));
const shaped =
  (members: Shape): Check =>
  (value) =>
    fits(value, members);

/** A name that ends in `?` may be absent. */
type Shape = Readonly<Record<string, Check>>;

function fits(value: Value, shape: Shape): boolean {
  if (!isObject(value)) {
    return false;
  }
  const known = Object.keys(shape).map((name) => name.replace('?', ''));
  return (
    Object.keys(value).every((name) => known.includes(name)) &&
    Object.entries(shape).every(([name, check]) => {
      const member = value[name.replace('?', '')];
      return member === undefined ? name.endsWith('?') : check(member);
    })
  );
}

const hash = matches(/^[0-9a-f]{64}$/);
const time = matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const chainName = matches(/^[a-z0-9][a-z0-9-]{0,62}$/);

const headerShape: Shape = {
  bodyHash: hash,
  case: (value) => value === null || filled(value),
  chain: chainName,
  format: only(1),
  kind: matches(/^[a-z]+(-[a-z]+)*$/),
  previous: hash,
  sequence: whole(1),
  time,
};
const bodyShape: Shape = {
  'actor?': isObject,
  'control?': text,
  'head?': isObject,
  payload: isObject,
  'resource?': text,
  'row?': shaped({ data: isObject, key: matches(/^[0-9a-f]{32}\.[0-9a-f]{64}$/) }),
  salt: matches(/^[0-9a-f]{32,}$/),
  'traceparent?': text,
};
const recordShape: Shape = {
  authority: filled,
  entries: listOf({ bodyHash: hash, sequence: whole(1) }, 1),
  'masked?': (value) =>
    fits(value, { texts: whole(1), places: (places) => Array.isArray(places) && places.every(text) }),
  reason: filled,
};
const filterShape: Shape = { 'case?': filled, 'control?': filled, 'since?': time, 'until?': time };
const firstShape: Shape = {
  chains: listOf({ chain: chainName, from: whole(1), previous: hash }),
  createdAt: time,
  'filter?': shaped(filterShape),
  format: only(1),
  leakstop: (value) => value === 'export' || value === 'segment',
};
const lastShape: Shape = {
  chains: listOf({ bodies: whole(0), chain: chainName, entries: whole(0), hash, to: whole(0) }),
  end: only(true),
};
const checkpointShape: Shape = {
  chains: listOf({ chain: chainName, hash, sequence: whole(1) }),
  format: only(1),
  leakstop: only('checkpoint'),
  number: whole(1),
  previous: hash,
  segments: listOf({ chain: chainName, from: whole(1), name: filled, sha256: hash, to: whole(1) }),
  signature: shaped({ algorithm: only('ES256'), keyId: filled, value: matches(/^[A-Za-z0-9_-]{86}$/) }),
  time,
};

interface Header {
  readonly chain: string;
  readonly sequence: number;
  readonly kind: string;
  readonly case: string | null;
  readonly time: string;
  readonly previous: string;
  readonly bodyHash: string;
}

interface Entry {
  readonly header: Header;
  readonly hash: string;
  readonly body: string | undefined;
  /** Set where a line says that the body is gone. */
  readonly erased: { readonly record?: number } | undefined;
}

interface First {
  readonly leakstop: string;
  readonly createdAt: string;
  readonly filter?: {
    readonly case?: string;
    readonly control?: string;
    readonly since?: string;
    readonly until?: string;
  };
  readonly chains: readonly { readonly chain: string; readonly from: number; readonly previous: string }[];
}
interface Last {
  readonly chains: readonly {
    readonly chain: string;
    readonly to: number;
    readonly hash: string;
    readonly entries: number;
    readonly bodies: number;
  }[];
}

/** Which entry kinds are legal in which states, as the page says it. */
export interface Rules {
  readonly moves: ReadonlyMap<string, { readonly from: readonly string[]; readonly to: string }>;
  readonly chainKinds: ReadonlySet<string>;
}

/** Reads the table of moves, and the list of kinds that belong to no case, from the page. */
export function rulesOf(readme: string): Rules {
  const section = readme.slice(readme.indexOf('## States'), readme.indexOf('## Checkpoints'));
  const rows = [...section.matchAll(/^\| `([a-z-]+)` *\| ([^|]+?) *\| ([^|]+?) *\|$/gm)];
  const afters = rows.map(([, , , to = '']) => to).filter((to) => to !== 'as before' && to !== 'closed');
  const open = [...new Set(afters)];
  const list = /belong to no case[^:]*:([^]*?)\. No other/.exec(section)?.[1] ?? '';
  return {
    moves: new Map(
      rows.map(([, kind = '', from = '', to = '']) => [
        kind,
        { from: from.startsWith('none') ? ['none'] : from.startsWith('every') ? open : from.split(', '), to },
      ]),
    ),
    chainKinds: new Set([...list.matchAll(/`([a-z-]+)`/g)].map(([, kind = '']) => kind)),
  };
}

function readEntry(line: string): Entry {
  const value = readObject(line);
  const { header, body, erased, ...more } = value;
  must(Object.keys(more).length === 0 && header !== undefined, 'a line with other members');
  must(fits(header, headerShape), 'no header');
  must(body === undefined || erased === undefined, 'a body that is there and gone');
  must(body === undefined || fits(body, bodyShape), 'no body');
  must(erased === undefined || fits(erased, { 'record?': whole(1) }), 'no mark');
  const bodyText = body === undefined ? undefined : canonical(body);
  const found = header as never as Header;
  must(bodyText === undefined || hashOf(bodyText) === found.bodyHash, 'another body');
  must(
    found.kind !== 'body-erased' || body === undefined || fits((body as Members).payload!, recordShape),
    'no record',
  );
  return {
    header: found,
    hash: hashOf(canonical(header)),
    body: bodyText,
    erased: erased as Entry['erased'],
  };
}

const sortedOnce = (names: readonly string[]): boolean =>
  names.every((name, index) => index === 0 || names[index - 1]! < name);

interface FileRead {
  readonly name: string;
  readonly bytesHash: string;
  readonly first: First;
  readonly entries: readonly Entry[];
}

function readFile(name: string, content: string): FileRead {
  const lines = content.split('\n');
  must(lines.pop() === '' && lines.length >= 2, 'no last line');
  const first = readObject(lines[0]!);
  const last = readObject(lines.at(-1)!);
  must(fits(first, firstShape) && fits(last, lastShape), 'no first or last line');
  const { chains, filter, leakstop } = first as never as First;
  must(sortedOnce(chains.map(({ chain }) => chain)), 'chains twice or not sorted');
  must(
    leakstop === 'export' || (chains.length === 1 && filter === undefined),
    'a segment of several chains, or with a filter',
  );
  const entries = lines.slice(1, -1).map(readEntry);
  const ends = (last as never as Last).chains;
  must(
    ends.map(({ chain }) => chain).join() === chains.map(({ chain }) => chain).join(),
    'first and last line differ',
  );
  let rest = entries;
  for (const [index, { chain, from, previous }] of chains.entries()) {
    const until = rest.findIndex(({ header }) => header.chain !== chain);
    const mine = until === -1 ? rest : rest.slice(0, until);
    rest = rest.slice(mine.length);
    checkLinks(chain, from, previous, mine);
    const end = ends[index]!;
    must(end.to === from + mine.length - 1 && end.hash === (mine.at(-1)?.hash ?? previous), 'another end');
    must(
      end.entries === mine.length && end.bodies === mine.filter(({ body }) => body !== undefined).length,
      'other counts',
    );
  }
  must(rest.length === 0, 'an entry out of place');
  entries.forEach((entry) => must(mayLackBody(entry, filter), 'a body left out'));
  return { name, bytesHash: hashOf(content), first: first as never, entries };
}

function checkLinks(chain: string, from: number, previous: string, entries: readonly Entry[]): void {
  must(from > 1 || previous === hashOf(`leakstop ledger 1\n${chain}`), 'another beginning');
  let before = previous;
  for (const [index, { header, hash: own }] of entries.entries()) {
    must(header.sequence === from + index && header.previous === before, 'a link that does not hold');
    before = own;
  }
}

function mayLackBody({ header, body, erased }: Entry, filter: First['filter']): boolean {
  if (body !== undefined || erased !== undefined) {
    return true;
  }
  return (
    filter !== undefined &&
    header.kind !== 'body-erased' &&
    !(
      filter.control === undefined &&
      (filter.case === undefined || filter.case === header.case) &&
      (filter.since === undefined || header.time >= filter.since) &&
      (filter.until === undefined || header.time < filter.until)
    )
  );
}

interface Checkpoint {
  readonly number: number;
  readonly time: string;
  readonly previous: string;
  readonly chains: readonly { readonly chain: string; readonly sequence: number; readonly hash: string }[];
  readonly segments: readonly {
    readonly chain: string;
    readonly from: number;
    readonly to: number;
    readonly name: string;
    readonly sha256: string;
  }[];
}

function readCheckpoints(texts: readonly string[], key: KeyObject): Checkpoint[] {
  const read: Checkpoint[] = [];
  let previous = hashOf('leakstop checkpoints 1');
  for (const each of texts) {
    const value = readObject(each);
    must(fits(value, checkpointShape), 'no checkpoint');
    const { signature, ...unsigned } = value;
    const signed = canonical(unsigned);
    const bytes = Buffer.from((signature as Members).value as string, 'base64url');
    must(bytes.toString('base64url') === (signature as Members).value, 'no base64url');
    must(verify('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }, bytes), 'not signed');
    const found = value as never as Checkpoint;
    const last = read.at(-1);
    must(found.number === read.length + 1 && found.previous === previous, 'does not follow');
    must(found.time >= (last?.time ?? ''), 'time goes back');
    must(sortedOnce(found.chains.map(({ chain }) => chain)), 'chains twice or not sorted');
    checkSegments(last, found);
    previous = hashOf(signed);
    read.push(found);
  }
  return read;
}

function checkSegments(last: Checkpoint | undefined, { chains, segments }: Checkpoint): void {
  const reached = new Map(last?.chains.map(({ chain, sequence }) => [chain, sequence]));
  for (const { chain, sequence, hash: was } of last?.chains ?? []) {
    const now = chains.find((each) => each.chain === chain);
    must(now !== undefined && now.sequence >= sequence, 'a chain got shorter');
    must(now.sequence > sequence || now.hash === was, 'a chain changed its end');
  }
  for (const { chain, from, to } of segments) {
    must(from === (reached.get(chain) ?? 0) + 1 && to >= from, 'a gap between segments');
    reached.set(chain, to);
  }
  const ends = new Map(chains.map(({ chain, sequence }) => [chain, sequence]));
  must(
    reached.size === ends.size && [...reached].every(([chain, to]) => ends.get(chain) === to),
    'segments lead elsewhere',
  );
}

const padded = (number: number): string => String(number).padStart(16, '0');
const segmentName = (chain: string, from: number, to: number): string =>
  `segments/${chain}/${padded(from)}-${padded(to)}.ndjson`;

/** Under the name of a segment lies that segment; what is sealed is so byte by byte, but for bodies that were erased. */
function checkPlace({ name, first, entries, bytesHash }: FileRead, checkpoints: readonly Checkpoint[]): void {
  const base = /(?:^|\/)(\d{16}-\d{16}\.ndjson)$/.exec(name)?.[1];
  must(base === undefined || first.leakstop === 'segment', 'an export under the name of a segment');
  if (first.leakstop !== 'segment') {
    return;
  }
  const [start] = first.chains;
  const own = segmentName(start!.chain, start!.from, start!.from + entries.length - 1);
  must(base === undefined || own.endsWith(`/${base}`), 'another segment');
  const isInPlace = !/(?:^|\/)segments\/[^/]+\/[^/]+$/.test(name) || `/${name}`.endsWith(`/${own}`);
  must(base === undefined || isInPlace, 'another segment');
  const seals = checkpoints.flatMap(({ segments }) => segments);
  const byPlace = seals.find(({ chain, from, to }) => name.endsWith(segmentName(chain, from, to)));
  const seal = byPlace ?? seals.find(({ chain, from, to }) => segmentName(chain, from, to) === own);
  if (seal !== undefined && seal.sha256 !== bytesHash) {
    must(segmentName(seal.chain, seal.from, seal.to) === own, 'another segment');
    must(
      entries.some(({ erased }) => erased !== undefined),
      'not the bytes that were sealed',
    );
    must(first.createdAt === entries.at(-1)?.header.time, 'another time');
  }
}

/** Every case of a chain from its first entry on. */
function checkMoves(entries: readonly Entry[], { moves, chainKinds }: Rules): void {
  const states = new Map<string, string>();
  for (const { header } of entries) {
    const move = moves.get(header.kind);
    if (move === undefined) {
      must(chainKinds.has(header.kind) && header.case === null, 'a kind that is not legal');
      continue;
    }
    must(header.case !== null, 'a kind without its case');
    const state = states.get(header.case) ?? 'none';
    must(move.from.includes(state), 'an entry that is not legal in the state of its case');
    states.set(header.case, move.to === 'as before' ? state : move.to);
  }
}

function checkErasures(mine: readonly Entry[], all: ReadonlyMap<number, Entry>): void {
  const records = [...all.values()].filter(
    ({ header, body }) => header.kind === 'body-erased' && body !== undefined,
  );
  const recordsOf = ({ header }: Entry): number[] =>
    records
      .filter(({ header: { sequence }, body }) => {
        const { payload } = JSON.parse(body!) as {
          payload: { entries: { sequence: number; bodyHash: string }[] };
        };
        return (
          sequence > header.sequence &&
          payload.entries.some(
            (each) => each.sequence === header.sequence && each.bodyHash === header.bodyHash,
          )
        );
      })
      .map(({ header: { sequence } }) => sequence);
  for (const entry of mine.filter(({ erased }) => erased !== undefined)) {
    const known = recordsOf(entry);
    const { record } = entry.erased!;
    must(record === undefined ? known.length > 0 : known.includes(record), 'a body gone without a record');
  }
}

/** What the second verifier finds: whether anything is wrong, and up to which entry each chain is vouched for. */
export interface SecondVerdict {
  readonly fault: string | undefined;
  readonly vouched: Readonly<Record<string, number>>;
}

/** Verifies whole chains: files that together have every entry from the first one on. */
export function verifyAgain(
  files: Readonly<Record<string, string>>,
  checkpointTexts: readonly string[],
  key: KeyObject,
  rules: Rules,
): SecondVerdict {
  try {
    const read = Object.entries(files).map(([name, content]) => readFile(name, content));
    const checkpoints = readCheckpoints(checkpointTexts, key);
    read.forEach((file) => checkPlace(file, checkpoints));
    const chains = new Map<string, Map<number, Entry>>();
    for (const { entries, first } of read) {
      first.chains.forEach(({ chain }) => chains.set(chain, chains.get(chain) ?? new Map<number, Entry>()));
      for (const entry of entries) {
        const known = chains.get(entry.header.chain)!.get(entry.header.sequence);
        must(known === undefined || known.hash === entry.hash, 'two histories');
        chains.get(entry.header.chain)!.set(entry.header.sequence, known?.body === undefined ? entry : known);
      }
    }
    for (const [chain, entries] of chains) {
      const sorted = [...entries.values()].sort((one, other) => one.header.sequence - other.header.sequence);
      checkLinks(chain, 1, hashOf(`leakstop ledger 1\n${chain}`), sorted);
      checkMoves(sorted, rules);
      read.forEach((file) =>
        checkErasures(
          file.entries.filter(({ header }) => header.chain === chain),
          entries,
        ),
      );
    }
    return { fault: undefined, vouched: checkEnds(chains, checkpoints) };
  } catch (error) {
    if (error instanceof Fault) {
      return { fault: error.message, vouched: {} };
    }
    throw error;
  }
}

function checkEnds(
  chains: ReadonlyMap<string, ReadonlyMap<number, Entry>>,
  checkpoints: readonly Checkpoint[],
): Readonly<Record<string, number>> {
  const vouched: Record<string, number> = {};
  for (const { chains: ends } of checkpoints) {
    for (const { chain, sequence, hash: own } of ends) {
      must(chains.get(chain)?.get(sequence)?.hash === own, 'an entry that a checkpoint knows is not there');
      vouched[chain] = sequence;
    }
  }
  return vouched;
}
