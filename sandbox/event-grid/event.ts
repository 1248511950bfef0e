/** An event in the Event Grid schema, as a topic holds it. */
export interface GridEvent {
  readonly id: string;
  readonly topic: string;
  readonly subject: string;
  readonly eventType: string;
  readonly eventTime: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly dataVersion: string;
  readonly metadataVersion: string;
}

export type EventSchema = 'EventGridSchema' | 'CloudEventSchemaV1_0';

/** The form in which an event is delivered. */
export function inSchema(event: GridEvent, schema: EventSchema): Readonly<Record<string, unknown>> {
  if (schema === 'EventGridSchema') {
    return { ...event };
  }
  const { id, topic, subject, eventType, eventTime, data } = event;
  return { id, source: topic, specversion: '1.0', type: eventType, subject, time: eventTime, data };
}

/** A moment with seven decimals, as Azure writes it. */
export function azureTime(time: Date): string {
  return time.toISOString().replace('Z', '0000Z');
}
