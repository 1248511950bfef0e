import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readControlTitles } from '../../../sandbox/show/control-titles.ts';
import { describeEntries } from '../../../sandbox/show/describe-entries.ts';
import type { LedgerEntry } from '../../../sandbox/story/ledger-reader.ts';
import { BodyChanges } from '../../../sandbox/story/body-changes.ts';
import type { Operation } from '../../../sandbox/operation.ts';
import * as engineControls from '../../../shared/contract/engine-controls.ts';
import {
  caseMoves,
  chainEntryKinds,
  closeReasons,
  holdReasons,
} from '../../../shared/ledger/format/states.ts';
import { startWorld } from '../arm/world.ts';

const words = {
  titleOf: (control: string) => control,
  nameOf: (objectId: string) => (objectId === 'known' ? 'A person' : undefined),
};
const kinds = [...Object.keys(caseMoves), ...chainEntryKinds, 'kind-of-a-later-version', 'constructor'];

/** Words, what says nothing, and what is no text at all. */
const leaf = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'word',
    'known',
    'teams',
    'proven',
    'unknown',
    'stopped',
    'properties.',
    '2026-11-30T10:00:00Z',
  ),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constant({}),
  fc.constant([]),
);
const member = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 3 }),
  fc.dictionary(
    fc.constantFrom('path', 'actual', 'by', 'verdict', 'grade', 'actor', 'actors', 'steps', 'is'),
    leaf,
  ),
  fc.array(fc.dictionary(fc.constantFrom('path', 'actual', 'desired', 'after', 'objectId', 'name'), leaf), {
    maxLength: 3,
  }),
);
const names = [
  'differences',
  'change',
  'opener',
  'exposure',
  'severity',
  'reason',
  'message',
  'action',
  'decision',
  'missing',
  'stands',
  'until',
  'approval',
  'answer',
  'channel',
  'changes',
  'subscriptions',
  'roots',
  'faultCount',
  'event',
];
const payload = fc.dictionary(fc.constantFrom(...names), member, { maxKeys: 8 });

function entryOf(kind: string, of: LedgerEntry['payload'], control = 'a-control'): LedgerEntry {
  return {
    chain: 'c',
    sequence: 1,
    time: new Date(),
    kind,
    caseId: undefined,
    resource: '',
    control,
    payload: of,
  };
}

/** Nothing is missing where something is announced, and nothing is said in the words of a program. */
function expectWhole(texts: readonly string[]): void {
  for (const text of texts) {
    expect(text.trim()).not.toBe('');
    expect(text).not.toMatch(/[:,;(]\s*$|:\s*[;,.]|\(\s*\)|(?:^|\s)""| {2}|undefined|\[object|NaN/);
  }
}

describe('the words for an entry', () => {
  test.each(kinds)('%s says something, whatever it carries', (kind) => {
    fc.assert(
      fc.property(payload, fc.constantFrom('', 'a-control'), (carried, control) => {
        const lines = describeEntries([entryOf(kind, carried, control)], words);
        expect(lines.length).toBeGreaterThan(0);
        expectWhole(lines.flatMap(({ verb, text }) => [verb, text]));
      }),
    );
  });

  test('entries that came together are said together, and none is lost without a word', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...kinds), payload), { minLength: 1, maxLength: 6 }),
        (all) => {
          const lines = describeEntries(
            all.map(([kind, carried]) => entryOf(kind, carried)),
            words,
          );
          expect(lines.length).toBeGreaterThan(0);
          expectWhole(lines.map(({ text }) => text));
        },
      ),
    );
  });

  test.each(holdReasons)('a hold for %s has words of its own', (reason) => {
    const [line] = describeEntries([entryOf('case-held', { reason })], words);
    expect(line?.text).not.toBe(`"a-control": ${reason}`);
  });

  test.each(closeReasons)('a closure as %s has words of its own', (reason) => {
    const [line] = describeEntries([entryOf('case-closed', { reason })], words);
    expect(line?.text).not.toBe(`Case closed: ${reason}`);
  });

  test('a change that was made though its answer was lost is said to be found', () => {
    const entries = ['change-applied', 'change-verified', 'case-closed'].map((kind) =>
      entryOf(kind, kind === 'change-applied' ? { answer: 'unknown' } : { reason: 'fixed' }),
    );
    expect(describeEntries(entries, words).map(({ text }) => text)).toEqual([
      'The change had taken effect: it is not made twice',
      'Case closed: read again, in sync',
    ]);
  });

  test('what people have taken back is not said to be closed', () => {
    const of = { approval: {}, decision: 'undo', change: {} };
    const entries = ['case-decided', 'change-intended'].map((kind) => entryOf(kind, of));
    expect(describeEntries(entries, words).map(({ text }) => text)).toEqual([
      'Approved by people: take the change back. The intent is in the ledger',
    ]);
    const [line] = describeEntries([entryOf('case-opened', { undoes: 'a-case', severity: 'high' })], words);
    expect(line?.text).toBe('"a-control": somebody wants the change taken back');
  });

  test('a change that is held is said to be held, and no more', () => {
    const entries = [
      entryOf('change-withdrawn', { reason: 'Cannot update "x": 409' }),
      entryOf('case-held', { reason: 'locked' }),
    ];
    expect(describeEntries(entries, words).map(({ verb }) => verb)).toEqual(['held']);
  });

  test('turning the kill switch and seeing it turned are told apart', () => {
    const texts = ['kill-switch-turned', 'kill-switch-seen'].map(
      (kind) => describeEntries([entryOf(kind, { changes: 'stopped', reason: 'a drill' })], words)[0]?.text,
    );
    expect(texts).toEqual(['An operator stops every change: a drill', 'The kill switch stops every change']);
  });

  test('a kind that is not known is named', () => {
    expect(describeEntries([entryOf('kind-of-a-later-version', {})], words)).toEqual([
      { verb: 'noted', tone: 'quiet', text: 'An entry of the kind "kind of a later version"' },
    ]);
  });

  test.each(Object.values(engineControls))('the control "%s" has a sentence', async (control) => {
    expect((await readControlTitles(process.cwd()))(control)).toMatch(/^[A-Z].+ .+/);
  });
});

test('what an action changes is told of it, and not of the next write', async () => {
  const world = await startWorld();
  try {
    const { state } = world.azure.arm;
    const id = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a';
    state.load({
      id,
      name: 'a',
      type: 'Microsoft.Storage/storageAccounts',
      properties: { key: 1, open: false },
    });
    const changes = new BodyChanges(state);
    const operation = (kind: Operation['kind'], resource: Operation['resource']): Operation =>
      ({ kind, outcome: 'Success', resourceId: id, resource }) as Operation;
    state.load({
      id,
      name: 'a',
      type: 'Microsoft.Storage/storageAccounts',
      properties: { key: 2, open: false },
    });
    expect(changes.of(operation('action', undefined))).toEqual(['key: 1\u00a0→\u00a02']);
    const body = {
      id,
      name: 'a',
      type: 'Microsoft.Storage/storageAccounts',
      properties: { key: 2, open: true },
    };
    expect(changes.of(operation('write', body))).toEqual(['open: false\u00a0→\u00a0true']);
  } finally {
    await world.azure.stop();
  }
});
