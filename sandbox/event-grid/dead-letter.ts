import { randomUUID } from 'node:crypto';
import { exchange } from '../wire/exchange.ts';
import { inSchema } from './event.ts';
import type { EventSchema, GridEvent } from './event.ts';
import type { DeliveryOutcome } from './retry.ts';

export interface DeadLetterDestination {
  /** Address of a blob container. */
  readonly containerUrl: string;
  /** Gives a token for storage. */
  getToken(): Promise<string>;
}

export type DeadLetterReason =
  'MaxDeliveryAttemptsExceeded' | 'TimeToLiveExceeded' | 'UndeliverableDueToClientError';

/** What became of an event that could not be delivered. */
export interface DeadEvent {
  readonly event: GridEvent;
  readonly deadLetterReason: DeadLetterReason;
  readonly deliveryAttempts: number;
  readonly lastDeliveryOutcome: DeliveryOutcome;
  readonly publishTime: Date;
  readonly lastDeliveryAttemptTime: Date;
}

/**
 * Writes an undelivered event as a blob of its own.
 *
 * @returns path of the blob in its container
 * @throws Error when the container does not take it
 */
export async function writeDeadLetter(
  destination: DeadLetterDestination,
  subscription: string,
  schema: EventSchema,
  dead: DeadEvent,
  ca: string | Buffer | undefined,
): Promise<string> {
  const now = new Date();
  const hours = [now.getUTCFullYear(), now.getUTCMonth() + 1, now.getUTCDate(), now.getUTCHours()].join('/');
  const path = `${subscription}/${hours}/${randomUUID()}.json`;
  const { status, body } = await exchange({
    method: 'PUT',
    url: `${destination.containerUrl}/${path}`,
    headers: {
      authorization: `Bearer ${await destination.getToken()}`,
      'content-type': 'application/json',
      'x-ms-blob-type': 'BlockBlob',
      'x-ms-version': '2021-12-02',
    },
    body: JSON.stringify([letter(dead, schema)]),
    timeoutMs: 30_000,
    ...(ca === undefined ? {} : { ca }),
  });
  if (status !== 201) {
    throw new Error(`Cannot write dead letter "${path}": ${status} ${body.toString()}`);
  }
  return path;
}

function letter({ event, ...dead }: DeadEvent, schema: EventSchema): Record<string, unknown> {
  const added = {
    deadLetterReason: dead.deadLetterReason,
    deliveryAttempts: dead.deliveryAttempts,
    lastDeliveryOutcome: dead.lastDeliveryOutcome,
    publishTime: dead.publishTime.toISOString(),
    lastDeliveryAttemptTime: dead.lastDeliveryAttemptTime.toISOString(),
  };
  // CloudEvents wants attributes in lower case.
  const named =
    schema === 'EventGridSchema'
      ? added
      : Object.fromEntries(Object.entries(added).map(([name, value]) => [name.toLowerCase(), value]));
  return { ...inSchema(event, schema), ...named };
}
