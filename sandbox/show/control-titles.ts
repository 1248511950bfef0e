import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const row = /^\| \[([^\]]+)\]\(#([a-z0-9-]+)\)/gm;

/** Titles of the controls, from the catalogue page that is generated from their metadata; an id where none is known. */
export async function readControlTitles(repository: string): Promise<(control: string) => string> {
  const page = await readFile(join(repository, 'remediators', 'README.md'), 'utf8');
  const titles = new Map([...page.matchAll(row)].map(([, title = '', id = '']) => [id, title]));
  return (control) => titles.get(control) ?? control;
}
