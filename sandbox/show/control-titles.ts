import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const row = /^\| \[([^\]]+)\]\(#([a-z0-9-]+)\)/gm;

/** Titles of the controls that Leakstop keeps about itself, which the catalogue does not list. */
const ownTitles: readonly (readonly [id: string, title: string])[] = [
  ['resource-observable', 'Leakstop can read the resource and judge it'],
  ['service-identity-accounted-for', 'Every write by an identity of Leakstop is accounted for'],
  ['automation-verified', 'What is changed by itself is in sync afterwards'],
];

/** Titles of the controls, from the catalogue page that is generated from their metadata; an id where none is known. */
export async function readControlTitles(repository: string): Promise<(control: string) => string> {
  const page = await readFile(join(repository, 'remediators', 'README.md'), 'utf8');
  const titles = new Map([
    ...ownTitles,
    ...[...page.matchAll(row)].map(([, title = '', id = '']) => [id, title] as const),
  ]);
  return (control) => titles.get(control) ?? control;
}
