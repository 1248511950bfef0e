import { setTimeout as pause } from 'node:timers/promises';
import type { DequeuedMessageItem, QueueClient, QueueServiceClient } from '@azure/storage-queue';
import type { HostApp, LoadedFunction } from './app.ts';
import { decodeMessage, messageMetadata, PollingBackOff } from './queue-message.ts';
import { send } from './queue-output.ts';

/** A message is hidden this long while its function runs. */
const hiddenInSeconds = 600;

export interface Listener {
  /** Takes nothing new and resolves when what runs has finished. */
  stop(): Promise<void>;
}

/** Watches the queue of a function: up to `batchSize` messages at a look, all of them in parallel. */
export function listenToQueue(app: HostApp, target: LoadedFunction, service: QueueServiceClient): Listener {
  const name = target.trigger.queueName ?? '';
  const listener = new QueueListener(
    app,
    target,
    service.getQueueClient(name),
    // A function on a poison queue has no poison queue of its own: its message stays hidden and comes back.
    name.endsWith('-poison') ? undefined : service.getQueueClient(`${name}-poison`),
  );
  return { stop: () => listener.stop() };
}

class QueueListener {
  readonly #app: HostApp;
  readonly #target: LoadedFunction;
  readonly #queue: QueueClient;
  readonly #poison: QueueClient | undefined;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;

  constructor(app: HostApp, target: LoadedFunction, queue: QueueClient, poison: QueueClient | undefined) {
    this.#app = app;
    this.#target = target;
    this.#queue = queue;
    this.#poison = poison;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await Promise.all(this.#inFlight);
  }

  /**
   * The platform looks at length and oldest message of each queue to decide how many instances run. It does so with the
   * connection of the function; where that is refused the app does not scale, and nothing else happens.
   */
  async #lookToScale(): Promise<void> {
    const abortSignal = this.#stopping.signal;
    await Promise.allSettled([
      this.#queue.getProperties({ abortSignal }),
      this.#queue.peekMessages({ numberOfMessages: 1, abortSignal }),
    ]);
  }

  async #run(): Promise<void> {
    void this.#lookToScale();
    const { maxPollingIntervalMs, newBatchThreshold } = this.#app.settings.queues;
    const backOff = new PollingBackOff(maxPollingIntervalMs);
    while (!this.#stopping.signal.aborted) {
      const messages = await this.#receive();
      if (messages.length === 0) {
        await pause(backOff.next(), undefined, { signal: this.#stopping.signal }).catch(() => undefined);
        continue;
      }
      backOff.reset();
      messages.forEach((message) => this.#begin(message));
      while (this.#inFlight.size > newBatchThreshold) {
        await Promise.race(this.#inFlight);
      }
    }
  }

  async #receive(): Promise<readonly DequeuedMessageItem[]> {
    try {
      const { receivedMessageItems } = await this.#queue.receiveMessages({
        numberOfMessages: this.#app.settings.queues.batchSize,
        visibilityTimeout: hiddenInSeconds,
        abortSignal: this.#stopping.signal,
      });
      return receivedMessageItems;
    } catch (error) {
      const { statusCode, message } = error as { statusCode?: number; message: string };
      if (statusCode !== 404 && !this.#stopping.signal.aborted) {
        this.#complain(`Cannot look into queue "${this.#queue.name}": ${message}`);
        this.#endOn(error, [409]);
      }
      return [];
    }
  }

  #begin(message: DequeuedMessageItem): void {
    const work = this.#process(message)
      .catch((error: unknown) => {
        this.#complain(`Cannot settle message "${message.messageId}": ${String(error)}`);
        // The message is somebody else's by now.
        this.#endOn(error, [400, 404, 409, 412]);
      })
      .finally(() => this.#inFlight.delete(work));
    this.#inFlight.add(work);
  }

  async #process(message: DequeuedMessageItem): Promise<void> {
    const { maxDequeueCount, messageEncoding } = this.#app.settings.queues;
    const text = decodeMessage(message.messageText, messageEncoding);
    // The count passes the most allowed when every attempt died with its host.
    if (text === undefined || message.dequeueCount > maxDequeueCount) {
      return this.#moveToPoison(message);
    }
    const succeeded = await this.#app
      .invoke(this.#target, { string: text }, messageMetadata(message, text))
      .then(
        () => true,
        () => false,
      );
    if (succeeded) {
      await this.#queue.deleteMessage(message.messageId, message.popReceipt);
    } else if (message.dequeueCount >= maxDequeueCount) {
      await this.#moveToPoison(message);
    } else if (this.#poison !== undefined) {
      const visibleInSeconds = this.#app.settings.queues.visibilityTimeoutMs / 1000;
      await this.#queue.updateMessage(message.messageId, message.popReceipt, undefined, visibleInSeconds);
    }
  }

  async #moveToPoison(message: DequeuedMessageItem): Promise<void> {
    if (this.#poison === undefined) {
      return;
    }
    await send(this.#poison, message.messageText);
    await this.#queue.deleteMessage(message.messageId, message.popReceipt);
    this.#complain(`A message went to "${this.#poison.name}" after ${message.dequeueCount} attempts`);
  }

  /** The real host takes such an error for unhandled: it lets what runs finish, and ends. */
  #endOn(error: unknown, harmless: readonly number[]): void {
    if (isFatal(error, harmless)) {
      this.#stopping.abort();
      this.#app.shutDown(`An unhandled exception has occurred. Host is shutting down. ${String(error)}`);
    }
  }

  #complain(message: string): void {
    this.#app.log({ level: 'error', category: 'host', message, functionName: this.#target.name });
  }
}

/** A refusal, or an identity that is not assigned: no storage that is down for a while, and no broken connection. */
function isFatal(error: unknown, harmless: readonly number[]): boolean {
  const { statusCode, name, message } = error as { statusCode?: number; name?: string; message?: string };
  if (statusCode !== undefined) {
    return statusCode < 500 && !harmless.includes(statusCode);
  }
  return name === 'CredentialUnavailableError' && !/network/i.test(message ?? '');
}
