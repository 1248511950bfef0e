import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LedgerVerdict } from '../../../../shared/ledger/verify/verdict/verdict.ts';
import { verifyLedger } from '../../../../shared/ledger/verify/verdict/verify-ledger.ts';
import { eachOf, madeChain, madeCheckpoints, numbers, sourceOf } from '../../../support/made-ledger.ts';
import {
  begun,
  bodyless,
  entryLines,
  type Evidence,
  isThere,
  key,
  tamperings,
  type Truth,
} from '../../../support/tampered-ledger.ts';
import { runs } from '../../../support/effort.ts';

/*
 * A tamperer has exports, segments and checkpoints in hand and changes whatever he likes: bytes, lines, members with whatever
 * depends on them put right, names, and which files there are. He lacks the key. The verdict may be "vouched" then only for
 * what is true; and where it is, nothing may be gone that it does not count.
 */

function verify({ files, checkpoints }: Evidence): Promise<LedgerVerdict> {
  return verifyLedger({
    files: Object.entries(files).map(([name, text]) => sourceOf(name, text, 4_099)),
    checkpoints: eachOf(checkpoints),
    keys: [key.publicKey],
  });
}

/** The segment that a file has the name of, as the writer left it; undefined for another name. */
function sealedAt({ sealed }: Truth, name: string): string | undefined {
  const found = Object.keys(sealed.segments).find((each) => name === each || name.endsWith(`/${each}`));
  return found === undefined ? undefined : sealed.segments[found];
}

/** What a verdict that vouches says must be so. */
function expectTrue(truth: Truth, { files }: Evidence, verdict: LedgerVerdict): void {
  for (const [name, text] of Object.entries(files)) {
    const lines = entryLines(text);
    const bare = new Set([...truth.lines].map((line) => bodyless(line)));
    const invented = lines.filter((line) => !truth.lines.has(line) && !bare.has(line));
    expect(invented, `${name} has lines that nobody wrote`).toEqual([]);
    if (verdict.leftOut === 0) {
      const lacking = lines.filter((line) => !truth.lines.has(line));
      const elsewhere = Object.values(files).join('');
      const gone = lacking.filter((line) => !elsewhere.includes(`,${line.slice(1)}`));
      expect(gone, `${name} lacks bodies that the verdict does not count`).toEqual([]);
    }
    const seal = sealedAt(truth, name);
    if (seal !== undefined) {
      expect(withoutErased(text), `${name} is not what was sealed`).toBe(withoutErased(seal));
      expect(lines.filter((line) => !truth.lines.has(line))).toEqual([]);
    }
  }
  for (const { chain, to, vouched } of verdict.chains.filter(({ entries }) => entries > 0)) {
    expect(to).toBeLessThanOrEqual(truth.chains[chain]!.length);
    const signed = truth.sealed.texts
      .map(
        ({ text }) => JSON.parse(text) as { number: number; chains: { chain: string; sequence: number }[] },
      )
      .find(({ number }) => number === vouched!.checkpoint);
    expect(signed?.chains).toContainEqual(expect.objectContaining({ chain, sequence: vouched!.to }));
  }
}

/** A body that an erasure took, and its count, are no part of what a seal is about. */
function withoutErased(text: string): string {
  return text
    .split('\n')
    .map((line) =>
      line.includes('"sequence":2,"time"') ? bodyless(line.replace(/"erased":\{[^}]*\},/, '')) : line,
    )
    .join('\n')
    .replace(/"bodies":\d+/g, '');
}

test('what nobody touched is vouched for', () =>
  fc.assert(
    fc.asyncProperty(begun, async ({ evidence, ...truth }) => {
      const verdict = await verify(evidence);
      expect(verdict.findings).toEqual([]);
      expect(['vouched', 'unvouched']).toContain(verdict.outcome);
      expectTrue(truth, evidence, {
        ...verdict,
        chains: verdict.outcome === 'vouched' ? verdict.chains : [],
      });
    }),
    { numRuns: runs(15) },
  ));

test.each(Object.entries(tamperings))('%s: what is vouched for is true', (_, tamper) =>
  fc.assert(
    fc.asyncProperty(
      begun,
      fc.integer({ min: 1, max: 2 }),
      fc.nat(),
      async ({ evidence, ...truth }, times, seed) => {
        const pick = numbers(seed);
        let given = evidence;
        for (let time = 0; time < times; time += 1) {
          given = isThere(given) ? tamper(given, pick) : given;
        }
        const verdict = await verify(given);
        if (verdict.outcome === 'vouched') {
          expectTrue(truth, given, verdict);
        }
      },
    ),
    { numRuns: runs(50) },
  ),
);

test('tampering with several things at once: what is vouched for is true', () =>
  fc.assert(
    fc.asyncProperty(
      begun,
      fc.array(fc.constantFrom(...Object.values(tamperings)), { minLength: 2, maxLength: 4 }),
      fc.nat(),
      async ({ evidence, ...truth }, some, seed) => {
        const pick = numbers(seed);
        const given = some.reduce(
          (before, tamper) => (isThere(before) ? tamper(before, pick) : before),
          evidence,
        );
        const verdict = await verify(given);
        if (verdict.outcome === 'vouched') {
          expectTrue(truth, given, verdict);
        }
      },
    ),
    { numRuns: runs(100) },
  ));

test.each([
  ['the one before it', 'service', 2, 'service', 3],
  ['one of another chain', 'tenant', 1, 'service', 3],
  ['the one of another chain with the same numbers', 'tenant', 3, 'service', 3],
] as const)(
  'the place of a segment that no checkpoint given names holds %s: it is not vouched for',
  async (_, chain, number, placeChain, placeNumber) => {
    const chains = {
      service: madeChain('service', 5, numbers(1)),
      tenant: madeChain('tenant', 5, numbers(2)),
    };
    const { segments, texts } = madeCheckpoints(chains, [20, 40, 60], key);
    const name = (of: string, at: number) =>
      Object.keys(segments).find((each) => each.includes(`${of}/`) && each.endsWith(`${at}.ndjson`))!;
    const given = { [name(placeChain, placeNumber)]: segments[name(chain, number)]! };
    const others = Object.entries(segments).filter(
      ([each]) => each !== name(chain, number) && each !== name(placeChain, placeNumber),
    );
    const files = { ...Object.fromEntries(others), ...given };
    const verdict = await verify({ files, checkpoints: texts.slice(0, 2) });
    expect(verdict.outcome).toBe('faulty');
    expect(verdict.findings).toContainEqual(
      expect.objectContaining({ kind: 'altered', file: name(placeChain, placeNumber) }),
    );
    // The same files where they belong.
    const rightly = { ...Object.fromEntries(others), [name(chain, number)]: segments[name(chain, number)]! };
    expect((await verify({ files: rightly, checkpoints: texts.slice(0, 2) })).outcome).toBe('vouched');
  },
);
