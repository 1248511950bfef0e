import { type Diagnostic, placeAt } from './diagnostic.ts';

/** In UTF-16 units. */
export const longestText = 128 * 1024;

/** The fault of the text itself, before it is read as YAML. */
export function textFault(text: string): Diagnostic | undefined {
  if (text.length > longestText) {
    const message = `${text.length} characters are more than a policy may have`;
    return at(text, 0, message, `keep it below ${longestText}: join rules by listing scopes and controls`);
  }
  if (text.startsWith('\uFEFF')) {
    return at(text, 0, 'the file begins with a byte order mark', 'save it as UTF-8 without one');
  }
  const carriage = text.indexOf('\r');
  if (carriage >= 0) {
    const mend = 'save it with LF alone: the name of a policy is the hash of its exact text';
    return at(text, carriage, 'the line ends with a carriage return', mend);
  }
  const control = text.search(/[^\P{Cc}\t\n]|\p{Cs}/u);
  if (control >= 0) {
    return at(text, control, 'a control character, or half a character', 'take it out');
  }
  if (text.trim() === '') {
    return at(text, 0, 'the file is empty', 'write at least "format: 1"');
  }
  return undefined;
}

function at(text: string, offset: number, message: string, mend: string): Diagnostic {
  return { severity: 'error', ...placeAt(text, offset), path: '', message, mend };
}
