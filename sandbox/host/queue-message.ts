import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { TypedData } from './contract.ts';

/** The text of a message, or undefined when it is not in the encoding that `host.json` asks for. */
export function decodeMessage(text: string, encoding: 'base64' | 'none'): string | undefined {
  if (encoding === 'none') {
    return text;
  }
  const compact = text.replaceAll(/\s/g, '');
  const isBase64 = compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
  return isBase64 ? Buffer.from(compact, 'base64').toString() : undefined;
}

/** What a queue function is told about its message. */
export function messageMetadata(message: DequeuedMessageItem, text: string): Record<string, TypedData> {
  const time = (value: Date): TypedData => ({ json: JSON.stringify(value.toISOString()) });
  return {
    QueueTrigger: { string: text },
    DequeueCount: { json: String(message.dequeueCount) },
    ExpirationTime: time(message.expiresOn),
    Id: { string: message.messageId },
    InsertionTime: time(message.insertedOn),
    NextVisibleTime: time(message.nextVisibleOn),
    PopReceipt: { string: message.popReceipt },
  };
}

/** Waits between looks into an empty queue: from 100 ms, about twice as long each time, up to the longest. */
export class PollingBackOff {
  readonly #longestMs: number;
  readonly #random: () => number;
  #exponent = 1;

  constructor(longestMs: number, random: () => number = Math.random) {
    this.#longestMs = longestMs;
    this.#random = random;
  }

  reset(): void {
    this.#exponent = 1;
  }

  next(): number {
    const shortestMs = 100;
    const increment = shortestMs * (0.8 + 0.4 * this.#random()) * (2 ** this.#exponent - 1);
    const delay = this.#exponent === 1 ? shortestMs : shortestMs + increment;
    if (delay < this.#longestMs) {
      this.#exponent += 1;
      return delay;
    }
    return this.#longestMs;
  }
}
