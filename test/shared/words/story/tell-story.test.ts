import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { caseMoves, type CaseEntryKind } from '../../../../shared/ledger/format/states.ts';
import type { PayloadOf } from '../../../../shared/ledger/format/read-payload.ts';
import { tellAll } from '../../../../shared/words/story/tell-story.ts';
import type { StoryEntry } from '../../../../shared/words/story/told.ts';
import { runs } from '../../../support/effort.ts';
import { samplePayloads, sampleOf } from '../../../support/sample-payloads.ts';

const kinds = Object.keys(caseMoves) as CaseEntryKind[];

function entryOf(kind: string, payload: unknown, signature?: StoryEntry['signature']): StoryEntry {
  return {
    sequence: 1,
    time: '2026-03-01T12:00:00.000Z',
    kind,
    payload: payload as StoryEntry['payload'],
    signature,
  };
}

function told<K extends CaseEntryKind>(kind: K, payload: PayloadOf<K>, signature?: StoryEntry['signature']) {
  const [only] = tellAll([entryOf(kind, payload, signature)]);
  return only!.told;
}

describe('every kind of entry of a case', () => {
  it.each(kinds)('%s is told in words, from what its schema allows', (kind) => {
    const { title, more } = tellAll([entryOf(kind, samplePayloads[kind])])[0]!.told;
    expect(title).toMatch(/^[A-Z]/);
    for (const line of [title, ...more]) {
      expect(line).not.toMatch(/undefined|\[object/);
      expect(line).not.toMatch(/^\s*$/);
    }
  });

  it.each(kinds)('%s with another payload than its own is said to be so, and the story goes on', (kind) => {
    fc.assert(
      fc.property(fc.jsonValue(), (payload) => {
        const story = tellAll([entryOf(kind, payload), entryOf('change-verified', {})]);
        expect(story.map((each) => each.told.title)).toHaveLength(2);
        expect(story[1]!.told.tone).toBe('done');
      }),
      { numRuns: runs(50) },
    );
  });
});

it('says that a kind is not known, and goes on', () => {
  const story = tellAll([entryOf('case-transferred', { to: 'somebody' }), entryOf('change-verified', {})]);
  expect(story.map((each) => each.told)).toEqual([
    { title: 'Case transferred', more: ['This version does not know entries of this kind.'] },
    { title: 'Read again: the resource is as it should be', more: [], tone: 'done' },
  ]);
});

it('says that an entry was erased', () => {
  expect(tellAll([entryOf('case-held', undefined)])[0]!.told).toEqual({
    title: 'Case held',
    more: ['What it said was erased, or cannot be read.'],
  });
});

it.each([
  ['1. Make one.\n2. Move there.', ['What a person can do:', '1. Make one.', '2. Move there.']],
  ['Make one.', ['What a person can do: Make one.']],
  ['', []],
])('what a person can do is told line by line: %j', (guidance, lines) => {
  expect(told('case-held', { guidance, reason: 'observe' }).more).toEqual(lines);
});

it('says why a case is stuck', () => {
  expect(told('case-stuck', { reason: 'The step was begun twice' })).toEqual({
    title: 'Stuck: a person has to look at it',
    more: ['Why: The step was begun twice'],
    tone: 'trouble',
  });
});

it('says no more of a change that was given up than is known', () => {
  const { title, more } = told('change-withdrawn', { reason: 'Azure was busy' });
  expect(title).toBe('The change was given up, and the resource is looked at again');
  expect(more).toEqual(['Why: Azure was busy']);
});

it('tells each property that was written, before and after, until the next intent', () => {
  const intent = samplePayloads['change-intended'];
  const story = tellAll([
    entryOf('change-intended', intent),
    entryOf('change-applied', { requestId: 'r' }),
    entryOf('change-intended', sampleOf('change-intended', { change: null })),
  ]);
  const lines = ['properties.allowBlobPublicAccess: true -> false', 'properties.new: not set -> "on"'];
  expect(story[0]!.told.more.slice(0, 2)).toEqual(lines);
  expect(story[1]!.told.more).toEqual([...lines, 'Request: r']);
  expect(story[2]!.told.more).toHaveLength(1);
});

it.each([
  ['genuine', 'people', 'Signature: genuine: the key of the web app made it'],
  ['forged', 'trouble', 'Signature: NOT genuine: the decision counts for nothing'],
] as const)('a decision whose signature is %s', (signature, tone, line) => {
  const said = told('decision-recorded', samplePayloads['decision-recorded'], signature);
  expect(said.tone).toBe(tone);
  expect(said.more).toContain(line);
});

it('says each reason once for which decisions no longer count', () => {
  const decisions = [
    { id: 'a', because: 'expired' as const },
    { id: 'b', because: 'expired' as const },
  ];
  expect(told('decision-voided', { decisions })).toEqual({
    title: 'Void: what was decided no longer counts',
    more: ['It was not carried out in time.'],
    tone: 'trouble',
  });
});

it('tells of exposure that is opened again and again: who, how often, for which time, and what people can do', () => {
  const war = {
    reason: 'tug-of-war',
    rounds: 3,
    withinMs: 1,
    writers: [{ objectId: 'o', name: 'Ada' }],
    closed: { since: '2026-03-01T11:00:00.000Z', count: 57, openMs: 900_000, overMs: 3_600_000 },
    measures: [{ measure: 'Have Azure Policy deny it', command: 'az policy' }],
  } as const;
  const { more } = told('case-escalated', war as never);
  expect(more.join(' | ')).toMatch(
    /Ada.*closed it 57 times and goes on.*25 % of the time.*deny it: \| az policy$/,
  );
  const { more: before } = told('case-escalated', {
    ...war,
    closed: undefined,
    measures: undefined,
  });
  expect(before).toHaveLength(1);
});
