import { describe, expect, it } from 'vitest';
import type { Case } from '../../../../shared/case/draft.ts';
import type { OwnRequest, Sorted, WantedOfRoot } from '../../../../shared/engine/look/notes.ts';
import { sortNotes, wantedOf, wantsAnything } from '../../../../shared/engine/look/notes.ts';
import { parseResourceId } from '../../../../shared/resource-id.ts';
import type { Note, WorkRow } from '../../../../shared/work/work.ts';
import { account1, madeCase } from '../../../support/made-case.ts';

const container = `${account1}/blobServices/default/containers/models`;
const time = '2026-01-01T10:00:00.000Z';

function note(change: Partial<Note> = {}): Note {
  return { id: 'event', time, resource: account1, source: 'event', ...change };
}

describe('an event', () => {
  const own: Partial<Note> = { actor: { appId: 'OURS' }, requestId: 'request' };
  const requests: Record<string, OwnRequest> = {
    request: { resource: account1.toLowerCase(), appliedAt: time },
    unanswered: { resource: account1, appliedAt: undefined },
    elsewhere: { resource: container, appliedAt: time },
  };
  const seen = { [account1.toLowerCase()]: '2026-01-01T10:00:01.000Z' };

  it.each<[string, Partial<Note>, WorkRow['observed'], keyof Sorted | 'echo']>([
    ['of somebody else is looked at', { actor: { appId: 'theirs' } }, seen, 'toSee'],
    ['of somebody else who bears our request id is looked at', { requestId: 'request' }, seen, 'toSee'],
    ['of our write is an echo once the resource was read after it', own, seen, 'echo'],
    ['of our write is looked at while nothing was read since', own, {}, 'toSee'],
    [
      'of our write is known by its correlation id',
      { actor: { appId: 'ours' }, correlationId: 'request' },
      seen,
      'echo',
    ],
    ['of a write that was not answered is an echo', { ...own, requestId: 'unanswered' }, seen, 'echo'],
    [
      'of our identity with no request of ours is unexplained',
      { ...own, requestId: 'x' },
      seen,
      'unexplained',
    ],
    [
      'of our identity on another resource than the request is unexplained',
      { ...own, requestId: 'elsewhere' },
      seen,
      'unexplained',
    ],
    [
      'of our identity within two minutes of our write is explained: clocks differ',
      { ...own, time: '2026-01-01T10:02:00.000Z' },
      seen,
      'toSee',
    ],
    [
      'of our identity long after our write is unexplained: ids can be used again',
      { ...own, time: '2026-01-01T10:02:00.001Z' },
      seen,
      'unexplained',
    ],
  ])('%s', async (_, change, observed, kind) => {
    const row: WorkRow = { root: account1, notes: [note(change)], observed, attempts: 0 };
    const sorted = await sortNotes(row, ['ours'], (id) => Promise.resolve(requests[id]));
    const expected: Record<typeof kind, [number, number]> = {
      toSee: [1, 0],
      unexplained: [0, 1],
      echo: [0, 0],
    };
    expect([sorted.toSee.length, sorted.unexplained.length]).toEqual(expected[kind]);
  });

  it('of our own is looked at as a wake: nobody is told of it as of a writer', async () => {
    const row: WorkRow = { root: account1, notes: [note(own)], observed: {}, attempts: 0 };
    const { toSee } = await sortNotes(row, ['ours'], (id) => Promise.resolve(requests[id]));
    expect(toSee).toMatchObject([{ source: 'wake' }]);
  });
});

describe('what is read', () => {
  const nothing: WantedOfRoot = {
    root: false,
    children: [],
    allChildren: false,
    childrenOfOpenRoot: false,
  };
  const below = (state: Case['state'], change: Partial<Case['data']> = {}) =>
    madeCase(state, { resource: container, ...change }, 'blob-container-anonymous-access');
  const held = (until?: string) =>
    below('held', { hold: { reason: 'budget', at: time, ...(until === undefined ? {} : { until }) } });
  const named = { ...nothing, children: [container] };

  it.each<[string, Note[], Case[], WantedOfRoot]>([
    ['nothing, for no notes', [], [], nothing],
    ['the root, for an event on it', [note()], [], { ...nothing, root: true }],
    ['a child, for an event on it', [note({ resource: container })], [], named],
    [
      'a child once, however often it is named',
      [note({ resource: container }), note({ resource: container })],
      [],
      named,
    ],
    ['a child, for a case that has something under way', [], [below('changing')], named],
    ['nothing, for a case that stands on hold', [], [held()], nothing],
    ['a child, for a hold that is over', [], [held('2026-01-01T09:00:00.000Z')], named],
    ['nothing, for a hold that is not over', [], [held('2026-01-01T11:00:00.000Z')], nothing],
    ['a child that is missing', [], [below('held', { missingSince: '2026-01-01T11:00:00.000Z' })], named],
    [
      'root and every child, for a baseline',
      [note({ source: 'baseline' })],
      [],
      { ...nothing, root: true, allChildren: true },
    ],
    [
      'the root, its cases, and children where it leaves them open, for a sweep',
      [note({ source: 'sweep' })],
      [held()],
      { ...named, root: true, childrenOfOpenRoot: true },
    ],
    [
      'everything, for a root that only a walk clears',
      [],
      [madeCase('failed', { needsWalk: true })],
      { ...nothing, root: true, allChildren: true },
    ],
  ])('%s', (_, notes, cases, expected) => {
    const now = new Date(time);
    const wanted = wantedOf(parseResourceId(account1), notes, cases, {
      isWake: false,
      allChildren: false,
      now,
    });
    expect(wanted).toEqual(expected);
    expect(wantsAnything(wanted)).toBe(wanted.root || wanted.allChildren || wanted.children.length > 0);
  });

  it('root and open cases, for a wake', () => {
    const options = { isWake: true, allChildren: false, now: new Date(time) };
    expect(wantedOf(parseResourceId(account1), [], [held()], options)).toEqual({ ...named, root: true });
  });
});
