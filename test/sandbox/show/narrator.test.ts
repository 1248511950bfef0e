import { expect, test } from 'vitest';
import { plainJson } from '../../../sandbox/plain.ts';
import { Narrator } from '../../../sandbox/show/narrator.ts';
import { openScreen } from '../../../sandbox/show/screen.ts';
import { visibleJson } from '../../../shared/text/visible.ts';
import { hostileNames } from '../../support/hostile-names.ts';

const root = '/subscriptions/00000000-0000-0000-0000-0000000000c1/resourceGroups/rg/providers/x/y/z';
const time = new Date('2026-03-01T12:00:00Z');

/** What is on the screen after one text stood in every place that somebody else chooses. */
function shownOf(text: string, isTTY: boolean, isForgotten = true): string {
  let shown = '';
  const write = (chunk: string): boolean => {
    shown += chunk;
    return true;
  };
  const screen = openScreen({ write, isTTY, columns: 100 }, { TERM: 'xterm' });
  const narrator = new Narrator(screen, { titleOf: () => text, nameOf: () => text });
  const operation = {
    kind: 'write',
    outcome: 'Success',
    existed: true,
    resourceId: `${root}/${text}`,
    operationName: text,
  };
  const happening = { root, time };
  const payload = {
    severity: text,
    exposure: text,
    reason: text,
    message: text,
    action: text,
    channel: text,
    differences: [{ path: text, actual: text, desired: text }],
    opener: { grade: 'candidates', actors: [{ objectId: text, name: text }] },
    otherWriters: [{ objectId: text, name: text }],
    change: { steps: [{ after: { [text]: { is: text } } }] },
    decision: { verdict: text, by: { objectId: text, name: text } },
  };
  const kinds = [
    'case-opened',
    'case-held',
    'decision-requested',
    'case-failed',
    'case-observed',
    'case-closed',
    'decision-recorded',
    'some-other-kind',
  ];
  narrator.tell([
    { ...happening, kind: 'write', who: text, operation, changes: [text], isOwn: false },
    {
      ...happening,
      kind: 'write',
      who: text,
      operation: { ...operation, outcome: 'Failure' },
      changes: [],
      isOwn: false,
    },
    { ...happening, kind: 'write', who: text, operation, changes: [text], isOwn: true },
    ...kinds.map((kind) => ({
      ...happening,
      kind: 'entry',
      entry: {
        kind,
        control: text,
        resource: `${root}/containers/${text}`,
        payload,
        caseId: text,
        chain: text,
        time,
      },
    })),
  ] as never);
  if (isForgotten) {
    screen.beside(text, text);
    screen.print(text);
    const done = screen.progress(() => text);
    done();
  }
  return shown;
}

/** A screen writes these itself, before and after a line that it keeps up to date. */
const lineStart = /\r\u001b\[K/g;
const colours = /\u001b\[(?:1|2|22|31|32|33|34|35|36|39)m/g;

test.each(hostileNames.filter(([, text]) => text.length < 5_000))(
  'nothing that a terminal acts on is shown of %s',
  (_, text) => {
    for (const isTTY of [true, false]) {
      const shown = shownOf(text, isTTY);
      expect(shown.replace(isTTY ? lineStart : /$^/, '').replace(isTTY ? colours : /$^/, '')).not.toMatch(
        /[^\P{C}\n]|[\p{Zl}\p{Zp}]/u,
      );
      expect(shown.split('\n').length).toBeGreaterThan(10);
    }
  },
);

test('what is told of a text paints nothing, even in colours that are ours', () => {
  const count = (text: string) => shownOf(text, true, false).match(colours)?.length;
  expect(count('\u001b[32mx\u001b[39m')).toBe(count('x'));
});

test('a kind or a reason with the name of a member of every object is told as it stands', () => {
  for (const text of ['constructor', '__proto__', 'toString']) {
    const shown = shownOf(text, false);
    expect(shown).not.toMatch(/native code|\[object|function/);
    expect(shown).toMatch(new RegExp(`^.*held.*: ${text}$`, 'm'));
  }
});

test('the sandbox shows as escapes exactly the characters that Leakstop does', () => {
  const row = 0x1000;
  for (let first = 0; first <= 0x10ffff; first += row) {
    // A blank between any two, or halves of a pair would be one character.
    const characters = Array.from({ length: row }, (_, at) => String.fromCodePoint(first + at)).join(' ');
    expect(plainJson(characters)).toBe(visibleJson(characters));
  }
});

test('a write of ours that changed nothing says so, and a closure says who else wrote', () => {
  let shown = '';
  const write = (chunk: string): boolean => {
    shown += chunk;
    return true;
  };
  const screen = openScreen({ write, isTTY: false, columns: 200 }, {});
  const narrator = new Narrator(screen, { titleOf: (control) => control, nameOf: () => undefined });
  const operation = {
    kind: 'write',
    outcome: 'Success',
    existed: true,
    resourceId: root,
    operationName: 'w',
  };
  const payload = { reason: 'fixed', otherWriters: [{ objectId: 'o', name: 'the owner' }, {}] };
  const entry = { kind: 'case-closed', control: 'c', resource: root, payload, caseId: 'c', chain: 'c', time };
  narrator.tell([
    { root, time, kind: 'write', who: 'leakstop', operation, changes: [], isOwn: true },
    { root, time, kind: 'entry', entry },
  ] as never);
  shown = shown.replaceAll(/\s+/g, ' ');
  expect(shown).toMatch(/wrote What was there already on \S+ nothing changed/);
  expect(shown).not.toMatch(/12:00:00 changed/);
  expect(shown).toContain('the owner, somebody also wrote in between, so the closure may be theirs');
});
