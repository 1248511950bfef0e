import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Policy, PolicySubject } from '../../../shared/policy/policy.ts';
import { diagnosticLine } from '../../../shared/policy/diagnostic.ts';
import { arbitraryDocument, arbitrarySubject, read } from '../../support/policies.ts';
import { runs } from '../../support/effort.ts';

const isAccepted = (document: unknown) => read(JSON.stringify(document)).accepted !== undefined;

function answers(policy: Policy, asked: PolicySubject, now: Date) {
  return [
    policy.modeOf(asked),
    policy.exemptionOf(asked, now),
    policy.timingOf(asked, now),
    policy.releaseOf(asked),
    policy.ownershipOf(asked),
    policy.azureExemptionsOf(asked),
    policy.approversOf(asked.resource),
    policy.limits,
  ];
}

describe('a document', () => {
  it('is named by the hash of its exact text', () => {
    const text = 'format: 1 # ä\n';
    const hash = createHash('sha256').update(text).digest('hex');
    expect(read(text).accepted?.policy.name).toBe(`sha256:${hash}`);
    expect(read('format: 1\n').accepted?.policy.name).not.toBe(`sha256:${hash}`);
  });

  it('means the same as YAML and as JSON', () => {
    fc.assert(
      fc.property(
        arbitraryDocument.filter(isAccepted),
        arbitrarySubject,
        fc.date({ min: new Date('2025-12-01'), max: new Date('2027-06-01'), noInvalidDate: true }),
        (document, asked, now) => {
          const yaml = read(stringify(document)).accepted!;
          const json = read(JSON.stringify(document)).accepted!;
          expect(answers(yaml.policy, asked, now)).toEqual(answers(json.policy, asked, now));
        },
      ),
    );
  });

  it('written anew says the same of itself', () => {
    fc.assert(
      fc.property(arbitraryDocument.filter(isAccepted), (document) => {
        const first = read(JSON.stringify(document));
        const again = read(stringify(first.accepted!.document));
        const told = (reading: typeof first) =>
          reading.diagnostics.map(({ severity, path, message }) => `${severity} ${path} ${message}`).sort();
        expect(again.accepted?.document).toEqual(first.accepted!.document);
        expect(told(again)).toEqual(told(first));
      }),
    );
  });

  it('that nothing was said about is silent when written anew', () => {
    const isSilent = (document: unknown) => read(JSON.stringify(document)).diagnostics.length === 0;
    fc.assert(
      fc.property(arbitraryDocument.map(({ rules: _, ...rest }) => rest).filter(isSilent), (document) => {
        expect(read(stringify(document)).diagnostics).toEqual([]);
      }),
    );
  });
});

/** Cuts, doubles or replaces a part of a text. */
const mutation = fc.record({
  at: fc.nat(),
  length: fc.integer({ min: 0, max: 12 }),
  text: fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.constantFrom(
      '*a',
      '&a ',
      '\t',
      '- ',
      ': ',
      '{',
      ']',
      '"',
      "'",
      '|\n',
      '!!map ',
      '---\n',
      '\r\n',
      '<<: ',
      '\uFEFF',
      '? ',
      '0x',
      'null',
      '\u2028',
    ),
  ),
});

describe('no text makes the reader throw, and each fault has a place within the text', () => {
  const judged = (text: string) => {
    const reading = read(text);
    const { diagnostics, accepted } = reading;
    const lines = text.split('\n');
    for (const each of diagnostics) {
      expect(each.line).toBeGreaterThanOrEqual(1);
      expect(each.line).toBeLessThanOrEqual(lines.length);
      expect(each.column).toBeGreaterThanOrEqual(1);
      expect(each.column).toBeLessThanOrEqual((lines[each.line - 1]?.length ?? 0) + 1);
      expect(diagnosticLine(each)).toMatch(/^\d+:\d+: [^]+; [^]+$/);
    }
    expect(accepted === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'));
    return reading;
  };

  it('random texts', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.json()),
        (text) => void judged(text),
      ),
      {
        numRuns: runs(100),
      },
    );
  });

  it('values of any shape under known keys', () => {
    const keys = [
      'rules',
      'exemptions',
      'approvers',
      'networks',
      'windows',
      'freezes',
      'limits',
      'protectedTags',
      'name',
      'scope',
      'tag',
      'mode',
    ];
    const value = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie('tree'), { maxKeys: 4 }),
      ),
    })).tree;
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...keys), value),
        (content) => void judged(stringify({ format: 1, ...content })),
      ),
      { numRuns: runs(100) },
    );
  });

  it('documents in which something was changed', () => {
    const text = arbitraryDocument.chain((document) =>
      fc.constantFrom(stringify(document), JSON.stringify(document, null, 1)),
    );
    fc.assert(
      fc.property(text, fc.array(mutation, { minLength: 1, maxLength: 4 }), (whole, mutations) => {
        const mutated = mutations.reduce((each, { at, length, text: put }) => {
          const start = at % (each.length + 1);
          return each.slice(0, start) + put + each.slice(start + length);
        }, whole);
        judged(mutated);
      }),
      { numRuns: runs(125) },
    );
  });

  it('documents that are made to cost much', () => {
    const deep = '['.repeat(5_000);
    const bomb = `a: &a [x, x]\n${Array.from({ length: 30 }, (_, index) => `b${index}: &b${index} [*a, *a]`).join('\n')}`;
    const wide = `format: 1\n${Array.from({ length: 5_000 }, (_, index) => `k${index}: 1`).join('\n')}`;
    const many = `format: 1\nprotectedTags: [${'a,'.repeat(25_000)}]`;
    for (const text of [deep, bomb, wide, many, '- '.repeat(5_000), '? '.repeat(5_000)]) {
      expect(judged(text)).toMatchObject({ accepted: undefined });
      expect(judged(text).diagnostics.length).toBeLessThanOrEqual(100);
    }
  });
});
