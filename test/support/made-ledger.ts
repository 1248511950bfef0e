import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  type Checkpoint,
  checkpointText,
  makeCheckpoint,
  parseCheckpoint,
  signedText,
  type UnsignedCheckpoint,
} from '../../shared/ledger/format/checkpoint.ts';
import { FileComposer } from '../../shared/ledger/format/compose.ts';
import {
  type Body,
  genesis,
  type Header,
  makeEntry,
  type Position,
} from '../../shared/ledger/format/entry.ts';
import { canonicalJson, sha256 } from '../../shared/ledger/format/json.ts';
import type { Erased, Filter } from '../../shared/ledger/format/segment.ts';
import { segmentName } from '../../shared/ledger/format/segment.ts';
import {
  type CaseEntryKind,
  caseMoves,
  type CaseState,
  type EntryKind,
  stateAfter,
} from '../../shared/ledger/format/states.ts';
import type { CheckpointText } from '../../shared/ledger/verify/checkpoint/check-checkpoints.ts';
import type { Source } from '../../shared/ledger/verify/line/read-lines.ts';
import { sampleOf } from './sample-payloads.ts';

/** An entry that no table has seen: made by the pure code alone. */
export interface MadeEntry {
  readonly header: Header;
  readonly text: string;
  readonly hash: string;
  readonly bodyText: string | undefined;
  readonly erased?: Erased;
}

export type MadeChains = Readonly<Record<string, readonly MadeEntry[]>>;

export const madeAt = '2026-03-09T00:00:00.000Z';
const kinds = Object.keys(caseMoves) as CaseEntryKind[];
const start = Date.parse('2026-03-01T00:00:00.000Z');
const mostOpen = 6;

/** Entries in which cases live legally. `choose` gives numbers of 0 and more. */
export function* madeEntries(chain: string, count: number, choose: () => number): Generator<MadeEntry> {
  const open = new Map<string, CaseState>();
  let cases = 0;
  let end = genesis(chain);
  for (let sequence = 1; sequence <= count; sequence += 1) {
    const name =
      open.size === 0 || (open.size < mostOpen && choose() % 4 === 0)
        ? `${chain}-case-${(cases += 1)}`
        : [...open.keys()][choose() % open.size]!;
    const before = open.get(name) ?? 'none';
    const legal = kinds.filter((kind) => stateAfter(before, kind) !== undefined);
    const kind = legal[choose() % legal.length]!;
    const after = stateAfter(before, kind)!;
    open.set(name, after);
    if (after === 'closed') {
      open.delete(name);
    }
    const entry = madeEntry(end, { kind, case: name });
    end = { chain, sequence, hash: entry.hash };
    yield entry;
  }
}

/** The entry after `end`, with a body such as the engine writes. */
export function madeEntry(
  end: Position,
  { kind, case: name, payload }: { kind: string; case: string | null; payload?: Body['payload'] },
): MadeEntry {
  const sequence = end.sequence + 1;
  const bodyText = canonicalJson({
    salt: sha256(`${end.chain} ${sequence}`).slice(0, 32),
    resource: `/subscriptions/${end.chain}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/a${sequence % 97}`,
    control: 'storage-account-https-only',
    actor: { name: 'leakstop' },
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    payload:
      payload ??
      sampleOf(kind as EntryKind, {
        path: 'properties.supportsHttpsTrafficOnly',
        actual: false,
        desired: true,
        sequence,
      }),
  } satisfies Body);
  const time = new Date(start + sequence * 1_000).toISOString();
  return { ...makeEntry(end, { time, kind, case: name, bodyHash: sha256(bodyText) }), bodyText };
}

export function madeChain(chain: string, count: number, choose: () => number): MadeEntry[] {
  return [...madeEntries(chain, count, choose)];
}

/** Numbers that are the same each time. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
}

/** The text of an export or a segment with these entries. */
export function madeFile(
  chains: MadeChains,
  options: { leakstop?: 'segment'; filter?: Filter } = {},
): string {
  const names = Object.keys(chains).sort();
  const composer = new FileComposer({
    leakstop: options.leakstop ?? 'export',
    format: 1,
    chains: names.map((chain) => {
      const first = chains[chain]![0]?.header;
      return { chain, from: first?.sequence ?? 1, previous: first?.previous ?? genesis(chain).hash };
    }),
    ...(options.filter && { filter: options.filter }),
    createdAt: (options.leakstop === 'segment' ? lastTime(chains) : undefined) ?? madeAt,
  });
  const lines = names.flatMap((chain) =>
    chains[chain]!.map(({ text, bodyText, erased }) =>
      composer.entry({ headerText: text, bodyText, erased }),
    ),
  );
  return composer.first() + lines.join('') + composer.last();
}

/** The writer gives a segment the time of its last entry. */
function lastTime(chains: MadeChains): string | undefined {
  return Object.values(chains).at(-1)?.at(-1)?.header.time;
}

export interface SigningKey {
  readonly publicKey: KeyObject;
  sign(checkpoint: UnsignedCheckpoint): string;
}

/** A key as Key Vault has them. */
export function madeKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    publicKey,
    sign: (checkpoint) =>
      checkpointText(checkpoint, {
        algorithm: 'ES256',
        keyId: 'https://vault.example/keys/ledger/1',
        value: sign('sha256', Buffer.from(signedText(checkpoint)), {
          key: privateKey,
          dsaEncoding: 'ieee-p1363',
        }).toString('base64url'),
      }),
  };
}

export interface MadeCheckpoints {
  readonly texts: readonly CheckpointText[];
  /** Texts of the segments, by name. */
  readonly segments: Readonly<Record<string, string>>;
}

/** Checkpoints of chains, each one when so many parts of a hundred of every chain are there. */
export function madeCheckpoints(
  chains: MadeChains,
  parts: readonly number[],
  key: SigningKey,
): MadeCheckpoints {
  const segments: Record<string, string> = {};
  const texts: CheckpointText[] = [];
  let previous: Checkpoint | undefined;
  for (const [index, part] of parts.entries()) {
    const checkpoint: UnsignedCheckpoint = makeCheckpoint(
      previous,
      checkpointFacts(chains, part, previous, index, segments),
    );
    const text = key.sign(checkpoint);
    texts.push({ name: `${String(checkpoint.number).padStart(10, '0')}.json`, text });
    previous = parseCheckpoint(text);
  }
  return { texts, segments };
}

function checkpointFacts(
  chains: MadeChains,
  part: number,
  previous: Checkpoint | undefined,
  index: number,
  segments: Record<string, string>,
): Parameters<typeof makeCheckpoint>[1] {
  const ends: UnsignedCheckpoint['chains'] = [];
  const sealed: UnsignedCheckpoint['segments'] = [];
  for (const [chain, entries] of Object.entries(chains)) {
    const before = previous?.chains.find((each) => each.chain === chain)?.sequence ?? 0;
    const to = Math.max(before, Math.floor((entries.length * part) / 100));
    const last = entries[to - 1];
    if (last) {
      ends.push({ chain, sequence: to, hash: last.hash });
    }
    if (to > before) {
      const text = madeFile({ [chain]: entries.slice(before, to) }, { leakstop: 'segment' });
      const name = segmentName(chain, before + 1, to);
      segments[name] = text;
      sealed.push({ chain, from: before + 1, to, name, sha256: sha256(text) });
    }
  }
  return { time: new Date(start + index * 3_600_000).toISOString(), chains: ends, segments: sealed };
}

/** A text as a file, given out in pieces. */
export function sourceOf(name: string, text: string | Uint8Array, piece = 65_536): Source {
  const bytes = Buffer.from(text);
  return {
    name,
    size: bytes.length,
    async *open(from = 0) {
      for (let at = from; at < bytes.length; at += piece) {
        yield await Promise.resolve(bytes.subarray(at, at + piece));
      }
    },
  };
}

export async function* eachOf<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) {
    yield await Promise.resolve(item);
  }
}
