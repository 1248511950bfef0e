import { z } from 'zod';
import type { Change } from '../contract/change.ts';
import { change } from '../ledger/format/payload-parts.ts';

/** A change as it is stored: of a shape that can be shown, hashed and resumed. What it writes is judged elsewhere. */
export const StoredChange = z.custom<Change>((value) => change.safeParse(value).success, {
  error: 'expected a change: steps, impact and undo',
});
