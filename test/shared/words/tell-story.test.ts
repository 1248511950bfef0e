import { expect, it } from 'vitest';
import { tellAll } from '../../../shared/words/tell-story.ts';

const moreOf = (guidance: string): readonly string[] | undefined =>
  tellAll([
    {
      sequence: 1,
      time: '2026-03-01T12:00:00Z',
      kind: 'case-held',
      payload: { guidance, reason: 'observe' },
    },
  ])[0]?.told.more;

it.each([
  ['1. Make one.\n2. Move there.', ['What a person can do:', '1. Make one.', '2. Move there.']],
  ['Make one.', ['What a person can do: Make one.']],
  ['', []],
])('what a person can do is told line by line: %j', (guidance, lines) => {
  expect(moreOf(guidance)).toEqual(lines);
});
