import type { Json } from '../contract/json.ts';
import { redact } from '../text/secrets.ts';
import { withUnseenEscaped } from '../text/unseen.ts';

/** Most characters of a value in a sentence. */
const mostShown = 40;

/** A value from Azure inside a sentence of ours: one short line without secrets. */
export function shortValue(value: Json): string {
  const safe = withUnseenEscaped(redact(typeof value === 'string' ? value : JSON.stringify(value)));
  const characters = Array.from(safe);
  const shown = characters.length <= mostShown ? safe : `${characters.slice(0, mostShown - 1).join('')}…`;
  return typeof value === 'string' ? `“${shown}”` : shown;
}
