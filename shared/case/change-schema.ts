import { z } from 'zod';
import type { Change } from '../contract/change.ts';
import { change } from '../ledger/format/payload-parts.ts';

/** A stored change that can be shown, hashed and resumed. Only its shape is checked here, not what it writes. */
export const StoredChange = z.custom<Change>((value) => change.safeParse(value).success, {
  error: 'expected a change: steps, impact and undo',
});
