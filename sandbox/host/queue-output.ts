import type { QueueClient } from '@azure/storage-queue';
import type { OutputSink } from './app.ts';
import type { TypedData } from './contract.ts';
import type { QueueConnections } from './queue-connection.ts';

/**
 * Sends what functions put out to queues, in the order in which the bindings were registered.
 *
 * The sink throws when a message cannot be sent; those before it have been sent.
 */
export function createQueueOutput(connections: QueueConnections, encoding: 'base64' | 'none'): OutputSink {
  return async ({ outputs }, response) => {
    for (const { name, binding } of outputs) {
      if (binding.type !== 'queue') {
        continue;
      }
      const value =
        name === '$return'
          ? response.returnValue
          : response.outputData?.find((output) => output.name === name)?.data;
      const service = await connections(binding.connection ?? '');
      const queue = service.getQueueClient(binding.queueName ?? '');
      for (const message of toMessages(value)) {
        await send(queue, encoding === 'base64' ? message.toString('base64') : message.toString());
      }
    }
  };
}

/** Sends a message and creates the queue when there is none. */
export async function send(queue: QueueClient, text: string): Promise<void> {
  try {
    await queue.sendMessage(text);
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) {
      throw error;
    }
    await queue.createIfNotExists();
    await queue.sendMessage(text);
  }
}

/** The messages that a value stands for: an array one each, also when it comes as text; nothing for null. */
function toMessages(value: TypedData | null | undefined): Buffer[] {
  if (value === null || value === undefined) {
    return [];
  }
  if (value.bytes !== undefined) {
    return [Buffer.from(value.bytes)];
  }
  const text = value.string ?? value.json;
  if (text === undefined) {
    return [Buffer.from(String(value.int ?? value.double ?? ''))];
  }
  const parsed = parse(text);
  if (Array.isArray(parsed)) {
    return parsed.filter((item) => item !== null).map((item) => Buffer.from(toText(item)));
  }
  return [Buffer.from(value.string ?? toText(parsed))];
}

/** Objects are indented, as the real host writes them. */
function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
