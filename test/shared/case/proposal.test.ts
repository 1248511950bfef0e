import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Proposal, ProposedCase } from '../../../shared/case/proposal.ts';
import { proposalFor, proposalHash, proposalOf } from '../../../shared/case/proposal.ts';
import { inverseOf } from '../../../shared/case/inverse.ts';
import type { Change } from '../../../shared/contract/change.ts';
import type { Condition } from '../../../shared/contract/condition.ts';
import type { Step } from '../../../shared/contract/step.ts';

const text = fc.string({ minLength: 1, maxLength: 8 });
const value = fc.oneof(fc.boolean(), fc.integer(), fc.string({ maxLength: 6 }), fc.constant(null));
const is = value.map((each): Condition => ({ is: each }));
const before = fc.dictionary(text, fc.oneof(is, fc.constant<Condition>({ absent: true })), {
  minKeys: 1,
  maxKeys: 4,
});
const after = fc.dictionary(text, is, { minKeys: 1, maxKeys: 4 });
const step = fc.record({
  kind: fc.constant('storage-account-update' as const),
  target: text.map((name) => `/subscriptions/s/accounts/${name}`),
  before,
  after,
}) as fc.Arbitrary<Step>;
const change: fc.Arbitrary<Change> = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 3 }),
  impact: text,
  undo: fc.constant({ kind: 'exact' as const }),
});
const about = { caseId: 'a-case', resource: '/subscriptions/s/accounts/weights', control: 'a-control' };
const hashOf = (planned: Change, change: Partial<Proposal> = {}) =>
  proposalHash({ ...proposalFor(about, planned, []), ...change });
const copy = <T>(data: T): T => JSON.parse(JSON.stringify(data)) as T;

describe('a hash of a proposal', () => {
  it('is the same whatever the order of properties, and whatever else the case holds', () => {
    fc.assert(
      fc.property(change, fc.dictionary(text, value), (planned, noise) => {
        const shuffled = {
          ...planned,
          steps: planned.steps.map((each) => ({
            ...each,
            before: Object.fromEntries(Object.entries(each.before).reverse()),
          })),
        };
        const subject = (data: object) =>
          ({
            ...about,
            state: 'held',
            data: { ...about, differences: [], change: planned, ...data },
          }) as ProposedCase;
        expect(hashOf(shuffled)).toBe(hashOf(planned));
        expect(proposalHash(proposalOf(subject({ noise, tags: noise })))).toBe(hashOf(planned));
      }),
    );
  });

  it('is another one after any edit inside before, after and impact', () => {
    const edits = fc.constantFrom('before', 'after', 'impact', 'target', 'remove', 'repeat');
    fc.assert(
      fc.property(change, edits, fc.nat(), (planned, edit, at) => {
        const edited = copy(planned) as unknown as {
          impact: string;
          steps: { target: string; before: Record<string, unknown>; after: Record<string, unknown> }[];
        };
        const one = edited.steps[at % edited.steps.length]!;
        switch (edit) {
          case 'before':
          case 'after': {
            const paths = Object.keys(one[edit]);
            one[edit][paths[at % paths.length]!] = { is: 'edited to something that was not there' };
            break;
          }
          case 'impact':
            edited.impact += ' ';
            break;
          case 'target':
            one.target += 'x';
            break;
          case 'remove':
            edited.steps.pop();
            break;
          case 'repeat':
            edited.steps.push(copy(one));
        }
        expect(hashOf(edited as unknown as Change)).not.toBe(hashOf(planned));
      }),
    );
  });

  it('is of one case, one resource and one control; ids are compared without regard to case', () => {
    fc.assert(
      fc.property(change, (planned) => {
        const hash = hashOf(planned);
        expect(hashOf(planned, { caseId: 'another' })).not.toBe(hash);
        expect(hashOf(planned, { control: 'another' })).not.toBe(hash);
        expect(hashOf(planned, { resource: `${about.resource}x` })).not.toBe(hash);
        expect(hashOf(planned, { resource: about.resource.toUpperCase() })).toBe(hash);
      }),
    );
  });

  it('of an undo is the same for the closed case and for the undo that is asked about', () => {
    fc.assert(
      fc.property(change, (given) => {
        const planned: Change = {
          ...given,
          steps: given.steps.map((each) => ({ ...each, before: copy(each.after) })),
        };
        const data = { ...about, differences: [] };
        const closed = { caseId: 'a-case', state: 'closed', data: { ...data, change: planned } };
        const undo = { caseId: 'a-case', actor: {}, owner: '', reason: '', until: '' };
        const asked = {
          caseId: 'the-undo',
          state: 'awaiting-decision',
          data: { ...data, change: inverseOf(planned), undo },
        };
        expect(proposalHash(proposalOf(asked))).toBe(proposalHash(proposalOf(closed)));
      }),
    );
  });
});
