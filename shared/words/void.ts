import { wordFor } from './known-word.ts';

const voidWords: Readonly<Record<string, string>> = {
  expired: 'it was not carried out in time',
  changed: 'what would change is no longer what was decided about',
  'another-case': 'it was about another case',
  'not-allowed': 'whoever gave it may not decide about this resource',
  'not-signed': 'the web app did not sign it, so nobody vouches for it',
};

/** The reason why a decision no longer counts, for people. */
export function voidText(because: string): string {
  return wordFor(voidWords, because);
}
