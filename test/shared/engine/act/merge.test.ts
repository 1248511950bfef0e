import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Case } from '../../../../shared/case/draft.ts';
import type { StepExecutor } from '../../../../shared/contract/executor.ts';
import type { Step } from '../../../../shared/contract/step.ts';
import { mergeWrites } from '../../../../shared/engine/act/merge.ts';
import { account1, changeOf, madeCase, stepOn } from '../../../support/made-case.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const executorOf = (kind: Step['kind']) =>
  ({
    kind,
    write: () => Promise.reject(new Error('nothing is written here')),
  }) as Partial<StepExecutor> as StepExecutor;
const executors = [executorOf('storage-account-update'), executorOf('blob-container-update')];
const clock = new ManualClock('2026-01-01T00:00:00.000Z');

/** A case whose change sets one property; `requestIds` are those of its earlier intents. */
function writing(name: string, state: Case['state'] = 'open', requestIds: string[] = []): Case {
  return madeCase(state, { change: changeOf(stepOn(account1, name)), requestIds }, `control of ${name}`);
}

const merged = (subjects: readonly Case[]) => mergeWrites(subjects, executors, clock);
const names = (subjects: readonly Case[]) =>
  merged(subjects).map(({ parts }) => parts.map(({ subject }) => subject.data.control));

describe('steps become one write', () => {
  it('when they are of one kind on one resource and touch different properties', () => {
    expect(names([writing('a'), writing('b')])).toEqual([['control of a', 'control of b']]);
  });

  it('however the resource is spelt', () => {
    const change = changeOf(stepOn(account1.toUpperCase(), 'b'));
    const other = madeCase('open', { change, resource: account1.toUpperCase() });
    expect(merged([writing('a'), other])).toMatchObject([{ target: account1.toLowerCase() }]);
  });

  it('and not when they touch the same property', () => {
    expect(merged([writing('a'), writing('a')])).toHaveLength(2);
  });

  it('and not when they are of two resources or two kinds', () => {
    const resource = `${account1}2`;
    const elsewhere = madeCase('open', { resource, change: changeOf(stepOn(resource, 'b')) });
    const change = changeOf({ ...stepOn(account1, 'b'), kind: 'blob-container-update' });
    const otherKind = madeCase('open', { change });
    expect(merged([writing('a'), elsewhere, otherKind])).toHaveLength(3);
    expect(merged([otherKind])[0]?.executor.kind).toBe('blob-container-update');
  });

  it('of none there is none', () => {
    expect(merged([])).toEqual([]);
  });
});

describe('the id of the request', () => {
  it('is new for each write that was not begun', () => {
    const [one, other] = merged([writing('a'), writing('a')]);
    expect(one?.requestId).not.toBe(other?.requestId);
  });

  it('is that of the last intent for a change that was begun, and for whatever goes with it', () => {
    const [write] = merged([writing('a'), writing('b', 'changing', ['first', 'last'])]);
    expect(write?.requestId).toBe('last');
  });

  it('is not taken from a case that is decided anew', () => {
    const [write] = merged([writing('a', 'open', ['earlier'])]);
    expect(write?.requestId).not.toBe('earlier');
  });
});

it('a step that nothing executes is refused, and so is a case without a change', () => {
  expect(() => mergeWrites([writing('a')], [], clock)).toThrow(/nothing executes it/);
  expect(() => merged([madeCase('open')])).toThrow(/it has no change/);
});

it('every case is in exactly one write, and no write sets a property twice', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd')), (properties) => {
      const subjects = properties.map((name) => writing(name));
      const writes = merged(subjects);
      expect(new Set(writes.flatMap(({ parts }) => parts.map(({ subject }) => subject)))).toEqual(
        new Set(subjects),
      );
      expect(writes.flatMap(({ parts }) => parts)).toHaveLength(subjects.length);
      for (const { parts } of writes) {
        const paths = parts.flatMap(({ step }) => Object.keys(step.after));
        expect(new Set(paths).size).toBe(paths.length);
      }
    }),
  );
});
