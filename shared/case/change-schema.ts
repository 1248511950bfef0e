import { z } from 'zod';
import type { Change } from '../contract/change.ts';

const Condition = z.union([z.looseObject({ is: z.json() }), z.looseObject({ absent: z.literal(true) })]);
const conditions = z.record(z.string(), Condition);

const Shape = z.looseObject({
  steps: z.array(
    z.looseObject({ kind: z.string(), target: z.string(), before: conditions, after: conditions }),
  ),
  impact: z.string(),
  undo: z.discriminatedUnion('kind', [
    z.looseObject({ kind: z.literal('exact'), note: z.string().optional() }),
    z.looseObject({
      kind: z.literal('default'),
      note: z.string(),
      values: z.record(z.string(), z.json()).optional(),
    }),
    z.looseObject({ kind: z.literal('none'), note: z.string() }),
  ]),
});

/** A stored change that can be shown, hashed and resumed. Only its shape is checked here, not what it writes. */
export const StoredChange = z.custom<Change>((value) => Shape.safeParse(value).success, {
  error: 'expected a change: steps, impact and undo',
});
