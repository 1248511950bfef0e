import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Checkpoint } from '../../../../../shared/ledger/format/checkpoint.ts';
import { genesis, makeEntry } from '../../../../../shared/ledger/format/entry.ts';
import { canonicalJson, sha256 } from '../../../../../shared/ledger/format/json.ts';
import { verifyLedger } from '../../../../../shared/ledger/verify/verdict/verify-ledger.ts';
import type { LedgerVerdict } from '../../../../../shared/ledger/verify/verdict/verdict.ts';
import {
  eachOf,
  type MadeChains,
  madeChain,
  madeCheckpoints,
  type MadeCheckpoints,
  type MadeEntry,
  madeFile,
  madeKey,
  numbers,
  sourceOf,
} from '../../../../support/made-ledger.ts';
import { runs } from '../../../../support/effort.ts';

/*
 * The forger may write everything that is stored, the table and every file, and recompute every hash and link. What he
 * lacks is the signing key.
 */

const key = madeKey();
const often = { numRuns: runs(40) };

interface History {
  readonly chains: MadeChains;
  readonly sealed: MadeCheckpoints;
  /** Last entry of chain `tenant` that a checkpoint knows. */
  readonly vouched: number;
}

const history: fc.Arbitrary<History> = fc
  .record({
    seed: fc.nat(),
    length: fc.integer({ min: 4, max: 30 }),
    parts: fc.array(fc.integer({ min: 30, max: 100 }), { minLength: 1, maxLength: 4 }),
  })
  .map(({ seed, length, parts }) => {
    const choose = numbers(seed);
    const chains = { service: madeChain('service', 5, choose), tenant: madeChain('tenant', length, choose) };
    const sorted = parts.toSorted((one, other) => one - other);
    const sealed = madeCheckpoints(chains, sorted, key);
    return { chains, sealed, vouched: Math.floor((length * sorted.at(-1)!) / 100) };
  })
  .filter(({ vouched }) => vouched >= 2);

type Forgery = (entries: MadeEntry[], at: number, pick: number) => MadeEntry[];

const forgeries: Record<string, Forgery> = {
  time: (entries, at) => changed(entries, at, { time: '2026-02-01T00:00:00.000Z' }),
  kind: (entries, at) =>
    changed(entries, at, {
      kind: entries[at]!.header.kind === 'case-observed' ? 'case-opened' : 'case-observed',
    }),
  case: (entries, at) => changed(entries, at, { case: 'case-of-another' }),
  body: (entries, at, pick) => {
    const body = JSON.parse(entries[at]!.bodyText!) as Record<string, string | object>;
    const names = Object.keys(body);
    const name = names[pick % names.length]!;
    const value = name === 'salt' ? 'f'.repeat(32) : { forged: true };
    const isText = name === 'resource' || name === 'control' || name === 'traceparent';
    const bodyText = canonicalJson({ ...body, [name]: isText ? 'forged' : value });
    return entries.map((entry, index) => (index === at ? { ...entry, bodyText } : entry));
  },
  deletion: (entries, at) => entries.toSpliced(at, 1),
  duplication: (entries, at) => entries.toSpliced(at, 0, entries[at]!),
  'swap with the next': (entries, at) =>
    entries.toSpliced(at, 2, entries[at + 1] ?? entries[0]!, entries[at]!),
  insertion: (entries, at, pick) =>
    entries.toSpliced(at, 0, { ...entries[pick % entries.length]!, bodyText: entries[0]!.bodyText }),
  truncation: (entries, at) => entries.slice(0, at),
};

function changed(entries: MadeEntry[], at: number, change: Partial<MadeEntry['header']>): MadeEntry[] {
  return entries.map((entry, index) =>
    index === at ? { ...entry, header: { ...entry.header, ...change } } : entry,
  );
}

/** Chains entries anew, as the writer would have. */
function rechained(entries: readonly MadeEntry[]): MadeEntry[] {
  let end = genesis('tenant');
  return entries.map((entry) => {
    const bodyHash = sha256(entry.bodyText!);
    const made = { ...makeEntry(end, { ...entry.header, bodyHash }), bodyText: entry.bodyText };
    end = { chain: 'tenant', sequence: made.header.sequence, hash: made.hash };
    return made;
  });
}

function verify(
  files: Record<string, string>,
  checkpoints: MadeCheckpoints['texts'] = [],
): Promise<LedgerVerdict> {
  return verifyLedger({
    files: Object.entries(files).map(([name, text]) => sourceOf(name, text, 4_099)),
    checkpoints: eachOf(checkpoints),
    keys: [key.publicKey],
  });
}

/** One character is another one. */
function mutated(text: string, at: number, pick: number): string {
  const code = text.charCodeAt(at);
  const other = 32 + (pick % 95);
  return text.slice(0, at) + String.fromCharCode(other === code ? 126 : other) + text.slice(at + 1);
}

test('what nobody touched is vouched for, as an export and as segments', () =>
  fc.assert(
    fc.asyncProperty(history, async ({ chains, sealed, vouched }) => {
      for (const files of [
        { a: madeFile(chains) },
        { ...sealed.segments },
        { a: madeFile(chains), ...sealed.segments },
      ]) {
        const verdict = await verify(files, sealed.texts);
        expect(verdict.findings).toEqual([]);
        expect(verdict.chains.find(({ chain }) => chain === 'tenant')?.vouched?.to).toBe(vouched);
      }
    }),
    { numRuns: runs(25) },
  ));

test.each(Object.entries(forgeries))(
  '%s before the last checkpoint shows, though all hashes are made anew',
  (_, forge) =>
    fc.assert(
      fc.asyncProperty(history, fc.nat(), fc.nat(), async ({ chains, sealed, vouched }, where, pick) => {
        const original = [...chains.tenant!];
        const forged = rechained(forge(original, where % vouched, pick));
        fc.pre(forged.at(vouched - 1)?.hash !== original[vouched - 1]!.hash);
        const file = madeFile({ ...chains, tenant: forged });
        const verdict = await verify({ a: file }, sealed.texts);
        expect(verdict.outcome).toBe('faulty');
        expect(verdict.findings.every(({ reason }) => reason !== '')).toBe(true);
        // Without checkpoints it may pass, and then nothing is said to vouch for it.
        const alone = await verify({ a: file });
        expect(alone.outcome).not.toBe('vouched');
        expect(alone.chains.every((chain) => chain.vouched === null)).toBe(true);
      }),
      often,
    ),
);

test.each(Object.entries(forgeries).filter(([name]) => name !== 'truncation'))(
  '%s in a file shows without checkpoints when the hashes are left',
  (_, forge) =>
    fc.assert(
      fc.asyncProperty(history, fc.nat(), fc.nat(), async ({ chains }, where, pick) => {
        const original = [...chains.tenant!];
        // The last entry is held by the last line alone, and the file is made with it.
        const forged = forge(original, where % (original.length - 1), pick).map((entry) => ({
          ...entry,
          text: canonicalJson(entry.header),
        }));
        const file = madeFile({ ...chains, tenant: forged });
        fc.pre(file !== madeFile(chains));
        expect((await verify({ a: file })).outcome).toBe('faulty');
      }),
      often,
    ),
);

test('after the last checkpoint it passes, and the verdict says that nothing vouches there', () =>
  fc.assert(
    fc.asyncProperty(history, fc.nat(), async ({ chains, sealed, vouched }, where) => {
      const original = [...chains.tenant!];
      fc.pre(vouched < original.length);
      const at = vouched + (where % (original.length - vouched));
      const forged = rechained(forgeries.time!(original, at, 0));
      const verdict = await verify({ a: madeFile({ ...chains, tenant: forged }) }, sealed.texts);
      expect(verdict.outcome).toBe('vouched');
      const chain = verdict.chains.find((each) => each.chain === 'tenant')!;
      expect(chain.vouched!.to).toBe(vouched);
      expect(chain.to).toBeGreaterThan(vouched);
    }),
    often,
  ));

test('every byte of an entry and of the last line counts', () =>
  fc.assert(
    fc.asyncProperty(history, fc.nat(), fc.nat(), async ({ chains }, where, pick) => {
      const file = madeFile(chains);
      const start = file.indexOf('\n');
      const altered = mutated(file, start + (where % (file.length - start)), pick);
      expect((await verify({ a: altered })).outcome).toBe('faulty');
    }),
    { numRuns: runs(250) },
  ));

test('every byte of a segment counts', () =>
  fc.assert(
    fc.asyncProperty(history, fc.nat(), fc.nat(), async ({ sealed }, where, pick) => {
      const names = Object.keys(sealed.segments);
      const name = names[pick % names.length]!;
      const text = sealed.segments[name]!;
      const altered = { ...sealed.segments, [name]: mutated(text, where % text.length, pick) };
      expect((await verify(altered, sealed.texts)).outcome).toBe('faulty');
    }),
    { numRuns: runs(100) },
  ));

/** The order of P-256. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The other signature of the same text that anybody can make of one: r and n − s. */
function mirrored(value: string): string {
  const bytes = Buffer.from(value, 'base64url');
  const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const other = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex');
  return Buffer.concat([bytes.subarray(0, 32), other]).toString('base64url');
}

test('a checkpoint may carry the mirrored signature and another key id, and nothing else', () =>
  fc.assert(
    fc.asyncProperty(history, fc.nat(), async ({ chains, sealed }, pick) => {
      const index = pick % sealed.texts.length;
      const checkpoint = JSON.parse(sealed.texts[index]!.text) as Checkpoint;
      const signature = {
        ...checkpoint.signature,
        keyId: 'https://elsewhere.example/keys/x/1',
        value: mirrored(checkpoint.signature.value),
      };
      const withText = (change: Partial<Checkpoint>): MadeCheckpoints['texts'] =>
        sealed.texts.map((each, at) =>
          at === index ? { ...each, text: canonicalJson({ ...checkpoint, signature, ...change }) } : each,
        );
      const file = { a: madeFile(chains) };
      expect((await verify(file, withText({}))).outcome).toBe('vouched');
      expect((await verify(file, withText({ time: '2026-03-01T00:00:00.001Z' }))).outcome).toBe('faulty');
    }),
    { numRuns: runs(15) },
  ));

test('every byte of a checkpoint counts, but for the name of the key', () =>
  fc.assert(
    fc.asyncProperty(history, fc.nat(), fc.nat(), async ({ chains, sealed }, where, pick) => {
      const index = pick % sealed.texts.length;
      const { text: target } = sealed.texts[index]!;
      const at = where % target.length;
      const name = target.indexOf('https://vault');
      fc.pre(at < name || at >= target.indexOf('"', name));
      const altered = sealed.texts.map(({ name: file, text }, each) => ({
        name: file,
        text: each === index ? mutated(text, at, pick) : text,
      }));
      expect((await verify({ a: madeFile(chains) }, altered)).outcome).toBe('faulty');
    }),
    { numRuns: runs(100) },
  ));

test('a file cut anywhere is never whole', () =>
  fc.assert(
    fc.asyncProperty(history, fc.nat(), async ({ chains }, where) => {
      const file = madeFile(chains);
      const { findings } = await verify({ a: file.slice(0, where % file.length) });
      expect(findings).toHaveLength(1);
      expect(['interrupted', 'malformed']).toContain(findings[0]!.kind);
    }),
    often,
  ));

test('a checkpoint, or a segment, that is gone before the last one is missed', () =>
  fc.assert(
    fc.asyncProperty(history, fc.nat(), async ({ chains, sealed }, where) => {
      const names = Object.keys(sealed.segments);
      const gone = names[where % names.length]!;
      const rest = Object.fromEntries(Object.entries(sealed.segments).filter(([name]) => name !== gone));
      expect((await verify(rest, sealed.texts)).outcome).toBe('faulty');
      fc.pre(sealed.texts.length > 1);
      const fewer = sealed.texts.toSpliced(where % (sealed.texts.length - 1), 1);
      expect((await verify({ a: madeFile(chains) }, fewer)).outcome).toBe('faulty');
    }),
    often,
  ));
