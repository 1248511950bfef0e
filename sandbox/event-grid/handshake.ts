import { randomUUID } from 'node:crypto';
import { exchange } from '../wire/exchange.ts';
import type { EventSchema } from './event.ts';

const limitMs = 30_000;

/**
 * Asks an endpoint whether it wants events, before any is sent.
 *
 * @throws Error when it does not answer as it must
 */
export async function shakeHands(
  subscription: { readonly name: string; readonly endpointUrl: string },
  schema: EventSchema,
  ca: string | Buffer | undefined,
): Promise<void> {
  const { name, endpointUrl } = subscription;
  const code = randomUUID();
  const trusted = ca === undefined ? {} : { ca };
  const isCloud = schema === 'CloudEventSchemaV1_0';
  const answer = await exchange(
    isCloud
      ? {
          method: 'OPTIONS',
          url: endpointUrl,
          headers: { 'webhook-request-origin': 'eventgrid.azure.net', 'aeg-subscription-name': name },
          timeoutMs: limitMs,
          ...trusted,
        }
      : {
          method: 'POST',
          url: endpointUrl,
          headers: {
            'content-type': 'application/json; charset=utf-8',
            'aeg-event-type': 'SubscriptionValidation',
            'aeg-subscription-name': name.toUpperCase(),
          },
          body: JSON.stringify([validationEvent(code)]),
          timeoutMs: limitMs,
          ...trusted,
        },
  );
  const isWanted = isCloud
    ? ['*', 'eventgrid.azure.net'].includes(String(answer.headers['webhook-allowed-origin']))
    : readCode(answer.body) === code;
  if (answer.status !== 200 || !isWanted) {
    throw new Error(
      `Cannot create event subscription "${name}": the endpoint refused the handshake with ${answer.status} ${answer.body.toString().slice(0, 200)}`,
    );
  }
}

function validationEvent(validationCode: string): object {
  return {
    id: randomUUID(),
    topic: '/subscriptions/00000000-0000-0000-0000-000000000000',
    subject: '',
    data: { validationCode },
    eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
    eventTime: new Date().toISOString(),
    metadataVersion: '1',
    dataVersion: '2',
  };
}

function readCode(body: Buffer): string | undefined {
  try {
    return (JSON.parse(body.toString()) as { validationResponse?: string }).validationResponse;
  } catch {
    return undefined;
  }
}
