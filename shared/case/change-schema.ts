import type { z } from 'zod';
import type { Change } from '../contract/change.ts';
import { asItCame, change } from '../ledger/format/payload-parts.ts';

/** A stored change that can be shown, hashed and resumed. Only its shape is checked here, not what it writes. */
export const StoredChange = asItCame(
  change as unknown as z.ZodType<Change>,
  'expected a change: steps, impact and undo',
);
