import { resourceObservable, serviceIdentityAccountedFor } from '../../contract/engine-controls.ts';
import type { Path, Remark } from '../diagnostic.ts';
import type { PolicyDocument } from '../document.ts';
import { matchesControl } from '../matcher.ts';
import { nearest } from '../suggest.ts';
import type { Check } from './check.ts';

/** The engine keeps these whatever a policy says; a policy may still name an owner for them. */
const engineControls = [resourceObservable, serviceIdentityAccountedFor];

/** Every control and type that the document names must exist. */
export const checkControls: Check = (document, { controls }) => {
  const ids = controls.map(({ id }) => id);
  const types = [...new Set(controls.map(({ type }) => type))];
  return [
    ...patternsOf(document).flatMap(({ pattern, path, section }) => {
      const known = section === 'ownership' ? [...ids, ...engineControls] : ids;
      return known.some((id) => matchesControl(pattern, id)) ? [] : [unknownControl(pattern, path, ids)];
    }),
    ...(document.rules ?? [])
      .flatMap(({ type }, index) => each(type, ['rules', index, 'type']))
      .filter(({ text }) => !types.some((known) => known.toLowerCase() === text.toLowerCase()))
      .map(({ text, path }) => unknown(path, `no control judges the type "${text}"`, text, types)),
  ];
};

function patternsOf(document: PolicyDocument) {
  const { rules, exemptions, ownership, windows, freezes, release } = document;
  return Object.entries({ rules, exemptions, ownership, windows, freezes, release }).flatMap(
    ([section, entries]) =>
      (entries ?? []).flatMap(({ control }, index) =>
        each(control, [section, index, 'control']).map(({ text, path }) => ({
          pattern: text,
          path,
          section,
        })),
      ),
  );
}

/** Each text of a field that holds one or many, with its place. */
function each(given: string | readonly string[] | undefined, path: Path) {
  if (typeof given === 'string') {
    return [{ text: given, path }];
  }
  return (given ?? []).map((text, index) => ({ text, path: [...path, index] }));
}

function unknownControl(pattern: string, path: Path, ids: readonly string[]): Remark {
  if (engineControls.includes(pattern)) {
    const message = `"${pattern}" is kept by Leakstop itself`;
    return { severity: 'error', path, message, mend: 'take it out: only ownership may name it' };
  }
  const message = pattern.endsWith('*')
    ? `no control begins with "${pattern.slice(0, -1)}"`
    : `there is no control "${pattern}"`;
  return unknown(path, message, pattern, ids);
}

function unknown(path: Path, message: string, given: string, known: readonly string[]): Remark {
  const meant = nearest(given, known);
  const mend = meant === undefined ? `known are ${known.join(', ')}` : `did you mean "${meant}"?`;
  return { severity: 'error', path, message, mend };
}
