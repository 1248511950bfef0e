// Names the packages that are in a bundle, with their copyright and licences: MIT, BSD, ISC and Apache-2.0 ask for it wherever
// their code is handed on. What is in a bundle is what esbuild says, not what package.json asks for.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const noticesName = 'THIRD_PARTY_NOTICES.txt';

/** SPDX ids of licences that let us hand on the code of a bundle with their text beside it, and ask for no more. */
const accepted = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
]);

/**
 * Packages that name a licence and hold no text of it, each with the version at which somebody looked. They get the text as
 * SPDX has it, and the author that they name.
 */
const withoutText = {
  '@hono/zod-openapi': '1.6.3',
  '@hono/zod-validator': '0.9.1',
  '@microsoft/teams.cards': '2.1.0',
  '@nodable/entities': '3.1.0',
};

const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

const standardTexts = { MIT: mit };

/** Folder of each package of which code is in the bundle, in the order of their names. */
function packagesIn({ outputs }) {
  const inputs = Object.values(outputs).flatMap(({ inputs: parts }) =>
    Object.entries(parts).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  );
  const folders = inputs.flatMap(
    ([file]) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.slice(1) ?? [],
  );
  return [...new Set(folders)].sort();
}

/** Whether one of the ids that are offered, or all that hold at once, are accepted. */
function isAccepted(licence) {
  const alternatives = licence.replace(/[()]/g, '').split(' OR ');
  return alternatives.some((each) => each.split(' AND ').every((id) => accepted.has(id)));
}

/** Texts of the files by which a package says on what terms it is; those of a folder LICENSES, too. */
function textsIn(folder) {
  const names = readdirSync(folder).filter((name) => /^(licen[cs]es?|copying|notice)\b/i.test(name));
  return names.sort().flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory()
      ? readdirSync(path, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => textOf(join(entry.parentPath ?? entry.path, entry.name)))
          .sort()
      : [textOf(path)];
  });
}

function textOf(path) {
  return readFileSync(path, 'utf8').replace(/\r\n?/g, '\n').trim();
}

function describe(folder) {
  const { name, version, license, author, repository } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const title = `${name} ${version}`;
  if (typeof license !== 'string' || !isAccepted(license)) {
    throw new Error(
      `Cannot bundle "${title}": its licence ${JSON.stringify(license)} is none of ${[...accepted].join(', ')}. Take another package, or add the licence to infra/notices.mjs once it is clear what it asks for`,
    );
  }
  const texts = textsIn(folder);
  if (texts.length > 0) {
    return { title, license, text: texts.join('\n\n') };
  }
  if (withoutText[name] !== version || standardTexts[license] === undefined) {
    throw new Error(
      `Cannot bundle "${title}": it holds no text of its licence ${license}. Look for it where the package comes from, and name the package with this version in infra/notices.mjs`,
    );
  }
  const by = typeof author === 'string' ? author : (author?.name ?? 'its authors');
  const from = typeof repository === 'string' ? repository : (repository?.url ?? '');
  return {
    title,
    license,
    text: `Copyright (c) ${by} (${from})\n\nThe package holds no text of its licence; this is the one that SPDX has under the id ${license}.\n\n${standardTexts[license]}`,
  };
}

const line = '-'.repeat(80);

/**
 * The notices of a bundle. A text that several packages share stands once.
 * @throws for a package whose licence is not known, or of which no text is
 */
export function noticesOf(metafile) {
  const groups = new Map();
  for (const { title, license, text } of packagesIn(metafile).map(describe)) {
    const group = groups.get(text) ?? new Set();
    groups.set(text, group.add(`${title} (${license})`));
  }
  const sections = [...groups].map(([text, titles]) => `${line}\n${[...titles].join('\n')}\n\n${text}\n`);
  return `What this was made of beside Leakstop's own code, and on which terms.\n\n${sections.join('\n')}`;
}

/** Writes the notices beside a bundle. */
export function writeNotices(folder, metafile) {
  writeFileSync(join(folder, noticesName), noticesOf(metafile));
}
