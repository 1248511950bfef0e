import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { caseMoves, caseStates, chainEntryKinds } from '../../../../shared/ledger/format/states.ts';
import type { LedgerVerdict } from '../../../../shared/ledger/verify/verdict/verdict.ts';
import { verifyLedger } from '../../../../shared/ledger/verify/verdict/verify-ledger.ts';
import { eachOf, numbers, sourceOf } from '../../../support/made-ledger.ts';
import { rulesOf, verifyAgain } from '../../../support/second-verifier.ts';
import { begun, type Evidence, isThere, key, tamperings } from '../../../support/tampered-ledger.ts';
import { runs } from '../../../support/effort.ts';

const root = join(import.meta.dirname, '../../../..');
const rules = rulesOf(readFileSync(join(root, 'shared/ledger/README.md'), 'utf8'));

test('the page says which entries are legal in which states, and which belong to no case', () => {
  const states = caseStates.filter((state) => state !== 'closed');
  const told = Object.fromEntries(
    [...rules.moves].map(([kind, { from, to }]) => [kind, { from: from.toSorted(), to }]),
  );
  const expected = Object.fromEntries(
    Object.entries(caseMoves).map(([kind, { from, to }]) => [
      kind,
      { from: [...from].sort(), to: to === 'same' ? 'as before' : to },
    ]),
  );
  expect(told).toEqual(expected);
  expect(told['case-closed']?.from).toEqual(states.toSorted());
  expect([...rules.chainKinds].sort()).toEqual([...chainEntryKinds].sort());
});

function ours({ files, checkpoints }: Evidence): Promise<LedgerVerdict> {
  return verifyLedger({
    files: Object.entries(files).map(([name, text]) => sourceOf(name, text)),
    checkpoints: eachOf(checkpoints),
    keys: [key.publicKey],
  });
}

/** Whether both say the same of it. */
async function expectSame(evidence: Evidence): Promise<void> {
  const first = await ours(evidence);
  const texts = evidence.checkpoints.map(({ text }) => text);
  const second = verifyAgain(evidence.files, texts, key.publicKey, rules);
  expect(
    { isFaulty: first.outcome === 'faulty', because: first.findings, and: second.fault },
    'one verifier finds a fault and the other does not',
  ).toMatchObject({ isFaulty: second.fault !== undefined });
  if (second.fault === undefined) {
    const vouched = first.chains.flatMap(({ chain, vouched: by }) => (by ? [[chain, by.to] as const] : []));
    expect(Object.fromEntries(vouched)).toEqual(second.vouched);
  }
}

test('a verifier that is made of the page alone says the same of what nobody touched', () =>
  fc.assert(
    fc.asyncProperty(begun, ({ evidence }) => expectSame(evidence)),
    { numRuns: runs(15) },
  ));

test.each(Object.entries(tamperings))('and of what somebody tampered with: %s', (_, tamper) =>
  fc.assert(
    fc.asyncProperty(begun, fc.nat(), async ({ evidence }, seed) => {
      const tampered = tamper(evidence, numbers(seed));
      fc.pre(isThere(tampered));
      await expectSame(tampered);
    }),
    { numRuns: runs(30) },
  ),
);
