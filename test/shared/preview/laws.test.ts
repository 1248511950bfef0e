import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareOutcomes } from '../../../shared/preview/compare.ts';
import { outcomeOf } from '../../../shared/preview/outcome.ts';
import { driftsIn, findIn, gist, inventories, now, policies } from './world.ts';

describe('what is found', () => {
  test('in nothing is nothing', () => {
    expect(findIn([])).toEqual([]);
  });

  test('does not depend on the order of the resources', () => {
    const shuffled = inventories.chain((bodies) =>
      fc.tuple(
        fc.constant(bodies),
        fc.shuffledSubarray([...bodies], { minLength: bodies.length, maxLength: bodies.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([bodies, others]) => {
        expect(gist(findIn(others))).toEqual(gist(findIn(bodies)));
      }),
    );
  });

  test('does not depend on properties that no control reads, nor on how often a body is given', () => {
    const more = fc.dictionary(fc.stringMatching(/^x[a-z]{1,8}$/), fc.jsonValue({ maxDepth: 2 }), {
      maxKeys: 4,
    });
    fc.assert(
      fc.property(inventories, more, more, (bodies, outer, inner) => {
        const richer = bodies.map((body) => ({
          ...outer,
          ...body,
          properties: { ...inner, ...(body.properties as object) },
        }));
        expect(gist(findIn([...richer, ...richer]))).toEqual(gist(findIn(bodies)));
      }),
    );
  });

  test('in a prediction is drift only where the same inventory has it, and nothing less is unknown', () => {
    fc.assert(
      fc.property(inventories, (bodies) => {
        const certain = new Set(
          driftsIn(bodies).map(({ resource, remediator }) => resource + remediator.meta.id),
        );
        const predicted = findIn(bodies, { source: 'predicted' });
        const known = predicted.filter((found) => found.kind === 'drifted');
        const unknown = new Set(
          predicted
            .filter((found) => found.kind === 'unknown')
            .map((found) => found.resource + (found.control ?? '')),
        );
        for (const { resource, remediator } of known) {
          expect(certain).toContain(resource + remediator.meta.id);
        }
        for (const key of certain) {
          const isKnown = known.some(({ resource, remediator }) => resource + remediator.meta.id === key);
          expect(isKnown || unknown.has(key)).toBe(true);
        }
      }),
    );
  });
});

describe('an outcome', () => {
  test('is a change only where mode, witness, undo and time allow it', () => {
    fc.assert(
      fc.property(inventories, policies, fc.boolean(), (bodies, policy, isWitnessed) => {
        for (const found of driftsIn(bodies, { isWitnessed })) {
          const outcome = outcomeOf(found, policy, now);
          const subject = {
            control: outcome.control,
            defaultMode: found.remediator.meta.defaultMode,
            resource: outcome.resource,
            severity: outcome.severity,
          };
          const mayChange =
            policy.modeOf(subject).mode === 'auto' &&
            (isWitnessed || policy.releaseOf(subject) !== undefined) &&
            policy.timingOf(subject, now).kind === 'open' &&
            policy.exemptionOf(subject, now) === undefined &&
            outcome.undo !== undefined &&
            outcome.undo.kind !== 'none';
          expect(outcome.does === 'change').toBe(mayChange);
        }
      }),
    );
  });
});

describe('a comparison', () => {
  test('of a policy with itself alters nothing', () => {
    fc.assert(
      fc.property(inventories, policies, (bodies, policy) => {
        for (const found of driftsIn(bodies)) {
          expect(compareOutcomes(found, policy, policy, now)).toBeUndefined();
        }
      }),
    );
  });

  test('backwards is its mirror', () => {
    const mirror = { loosened: 'tightened', tightened: 'loosened', same: 'same' } as const;
    fc.assert(
      fc.property(inventories, policies, policies, fc.boolean(), (bodies, old, other, isWitnessed) => {
        for (const found of driftsIn(bodies, { isWitnessed })) {
          const there = compareOutcomes(found, old, other, now);
          const back = compareOutcomes(found, other, old, now);
          expect(back?.direction).toEqual(there && mirror[there.direction]);
          expect(back?.before).toEqual(there?.after);
          expect(back?.after).toEqual(there?.before);
        }
      }),
    );
  });
});
