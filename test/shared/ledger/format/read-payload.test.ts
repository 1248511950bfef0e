import { describe, expect, test } from 'vitest';
import { payloadOf, payloadSchemas, readPayload } from '../../../../shared/ledger/format/read-payload.ts';
import { caseMoves, chainEntryKinds, type EntryKind } from '../../../../shared/ledger/format/states.ts';
import { prepareUnit } from '../../../../shared/ledger/prepare.ts';
import { misfitOf } from '../../../support/payload-laws.ts';
import { sampleOf, samplePayloads } from '../../../support/sample-payloads.ts';

const kinds = [...Object.keys(caseMoves), ...chainEntryKinds] as EntryKind[];

test('every kind that the format knows has a schema, and no other has', () => {
  expect(Object.keys(payloadSchemas).sort()).toEqual(kinds.toSorted());
});

describe.each(kinds)('%s', (kind) => {
  test('is read as what was written', () => {
    expect(readPayload(kind, samplePayloads[kind])).toEqual({
      is: 'known',
      kind,
      payload: samplePayloads[kind],
    });
    expect(misfitOf(kind, samplePayloads[kind])).toBeUndefined();
  });

  test('is read without what the ledger notes of texts that it masked, and what a later version adds', () => {
    const payload = sampleOf(kind, { masked: { texts: 1, places: ['payload.reason'] } });
    const read = readPayload(kind, payload);
    expect(read.is).toBe('known');
    expect(misfitOf(kind, payload)).toBeUndefined();
  });

  test.each([['a text'], [null], [[]], [1], [undefined]])(
    '%j is unreadable, and stays as it stands',
    (payload) => {
      expect(readPayload(kind, payload)).toEqual({ is: 'unreadable', kind, payload });
    },
  );
});

/** Kinds of which every member may be missing, or which are laid down and not written yet. */
const mayBeEmpty: readonly EntryKind[] = [
  'case-reconsidered',
  'step-applied',
  'change-waiting',
  'change-resumed',
  'change-verified',
  'baseline-started',
  'signal-received',
];

test.each(kinds.filter((kind) => !mayBeEmpty.includes(kind)))('an empty "%s" is unreadable', (kind) => {
  expect(readPayload(kind, {})).toEqual({ is: 'unreadable', kind, payload: {} });
});

test.each(['case-paused', 'constructor', '__proto__', ''])('"%s" is a kind that nobody knows', (kind) => {
  expect(readPayload(kind, { a: 1 })).toEqual({ is: 'unknown-kind', kind, payload: { a: 1 } });
});

test('a word of a later version is a text to readers', () => {
  expect(payloadOf('case-held', 'case-held', { reason: 'eclipse' })).toEqual({ reason: 'eclipse' });
});

test('an entry of another kind than the one that is wanted holds nothing for who wants it', () => {
  expect(payloadOf('case-closed', 'case-held', { reason: 'gone' })).toBeUndefined();
  expect(payloadOf('case-closed', 'case-closed', { reason: 1 })).toBeUndefined();
});

describe('what an entry of one kind may say, one thing at a time', () => {
  const time = '2026-03-01T12:00:00.000Z';
  test.each<[EntryKind, object]>([
    ['case-opened', { severity: 'high', firstSeenDrifted: time }],
    ['case-opened', { severity: 'critical', firstSeenDrifted: time, event: 'e', time, writer: {} }],
    ['case-opened', { failure: 'f', kind: 'undone', of: '/s', failures: 1 }],
    ['case-opened', { undoes: 'c', by: {}, owner: 'o', reason: 'r', until: time, severity: 'low' }],
    ['case-observed', { opener: { grade: 'unknown' } }],
    ['case-observed', { change: null }],
    ['case-observed', { missing: true }],
    ['case-observed', { policy: 'p', rule: 'r', stands: true }],
    ['case-observed', { reason: 'locked', until: time }],
    ['case-observed', { event: 'e', time }],
    ['case-observed', { failure: 'f', kind: 'not-converged', of: '/s', failures: 2 }],
    ['case-escalated', { reason: 'tug-of-war', rounds: 2, withinMs: 1, writers: [{}] }],
    ['case-escalated', { reason: 'not-verifiable', attempts: 5 }],
    ['case-escalated', { reason: 'unanswered', asked: time, expired: time }],
    ['case-decided', { decision: 'undo', undoes: 'c', until: time, approval: { by: [], decisions: [] } }],
    ['change-applied', { answer: 'unknown', requestIds: [] }],
    ['event-unreadable', { events: 3, hour: time, reason: 'r' }],
  ])('%s %j', (kind, payload) => {
    expect(misfitOf(kind, payload)).toBeUndefined();
  });
});

test('what the ledger makes of a payload with secrets in it is read as before', () => {
  const storageKey = `${'k'.repeat(86)}==`;
  const [entry] = prepareUnit(
    {
      chain: 'service',
      entries: [{ kind: 'work-failed', body: { payload: { reason: `AccountKey=${storageKey}` } } }],
      cases: [],
    },
    () => '0'.repeat(32),
  ).entries;
  const { payload } = JSON.parse(entry?.bodyText ?? '') as { payload: { masked: object } };
  expect(payload.masked).toMatchObject({ texts: 1 });
  expect(payloadOf('work-failed', 'work-failed', payload)?.reason).not.toContain(storageKey);
});

test('a member that no schema names does not fit', () => {
  expect(misfitOf('case-stuck', { reason: 'r', message: 'm' })).toContain('stray member');
  expect(misfitOf('case-paused', {})).toContain('no schema');
});
