import { z } from 'zod';
import { type Obstruction, obstructions } from '../contract/obstruction.ts';
import { readAs } from '../read-as.ts';
import { isResourceId } from '../resource-id.ts';
import { type Note, noteSources } from './work.ts';
import type { ArmResource } from '../contract/observation.ts';

const text = z.string().max(2_048);

/** A message on the queue: which root to look at, and why. It never says what to do. */
const Message = z.strictObject({
  format: z.literal(1),
  root: text.refine((id) => isResourceId(id), 'expected the id of a resource'),
  casesBelow: z.union([z.literal('all'), z.array(z.enum(obstructions)).min(1)]).optional(),
  /** Absent in a wake: the row then says what to do. */
  note: z
    .strictObject({
      id: text.min(1),
      time: z.iso.datetime({ offset: true }),
      resource: text.refine((id) => isResourceId(id), 'expected the id of a resource'),
      source: z.enum(noteSources),
      operation: text.optional(),
      actor: z.record(z.string(), z.json()).optional(),
      askedBy: z.record(z.string(), z.json()).optional(),
      correlationId: text.optional(),
      requestId: text.optional(),
      traceparent: text.optional(),
    })
    .optional(),
  /** The body in a resource notification: it may save a read, but never decides a change. */
  body: z.looseObject({ id: text, name: text, type: text }).optional(),
  /** Number of times that this message was put back because our own storage was away. */
  postponed: z.int().nonnegative().default(0),
});

export interface ReconcileRequest {
  readonly format: 1;
  /** Id of the root to look at, or of a scope if `casesBelow` is set. */
  readonly root: string;
  /**
   * Selects the open cases at the scope and below it whose roots are to be looked at: all, or those that one of these
   * obstructions keeps open.
   */
  readonly casesBelow?: 'all' | readonly Obstruction[];
  readonly note?: Note;
  readonly body?: ArmResource;
  readonly postponed: number;
}

/** @throws RemediationError `malformed-input` that names the field at fault */
export function parseReconcileRequest(message: unknown): ReconcileRequest {
  return readAs(Message, message, 'the message') as ReconcileRequest;
}
