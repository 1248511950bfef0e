import { z } from 'zod';
import { isResourceId } from '../resource-id.ts';
import { type Note, noteSources } from './work.ts';

const text = z.string();

const noteSchema: z.ZodType<Note> = z.strictObject({
  id: text,
  time: text,
  resource: text.refine(isResourceId),
  source: z.enum(noteSources),
  operation: text.exactOptional(),
  actor: z.record(text, z.json()).exactOptional(),
  askedBy: z.record(text, z.json()).exactOptional(),
  correlationId: text.exactOptional(),
  requestId: text.exactOptional(),
  traceparent: text.exactOptional(),
});

export const workRecord = z.strictObject({
  root: z.string(),
  /** Number of notes ever taken. A claim covers the notes up to its own number; a later note raises this one. */
  wanted: z.int().nonnegative(),
  notes: z.array(z.strictObject({ number: z.int(), note: noteSchema })),
  /** Number of notes that gave way to newer ones. */
  dropped: z.int().nonnegative(),
  /** Ids of recent notes, oldest first. */
  known: z.array(z.string()),
  /** When the latest observation of any resource of the root began. */
  observedAt: z.string().optional(),
  /** When the latest observation of each resource began, by lower-case id. */
  observed: z.record(z.string(), z.string()),
  wakeAt: z.string().optional(),
  attempts: z.int().nonnegative(),
  writes: z.array(z.strictObject({ id: z.string(), at: z.string() })),
  claim: z.strictObject({ id: z.string(), until: z.string(), wanted: z.int() }).optional(),
  /** The claim that was given back last: it identifies a write whose answer was lost. */
  releasedClaim: z.string().optional(),
  /** When somebody last needed the row. */
  touchedAt: z.string(),
});

/** Everything that is kept about one root with something to do. Times are ISO 8601. */
export type WorkRecord = Readonly<z.infer<typeof workRecord>>;
