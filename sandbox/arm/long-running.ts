import { randomUUID } from 'node:crypto';
import { ArmError } from './arm-error.ts';
import type { ArmPath } from './arm-path.ts';
import type { Answer } from './call.ts';

interface Running {
  /** Object id of the principal that may ask. */
  readonly owner: string;
  readonly subscriptionId: string;
  answer: Answer | undefined;
}

/** Work that goes on after its request was answered with 202, and the addresses at which clients ask for it. */
export class LongRunning {
  #operations = new Map<string, Running>();

  /** Registers work; `finish` gives its result. */
  start(
    owner: string,
    subscriptionId: string,
  ): { readonly id: string; readonly finish: (answer: Answer) => void } {
    const id = randomUUID();
    const running: Running = { owner, subscriptionId, answer: undefined };
    this.#operations.set(id, running);
    return {
      id,
      finish: (answer) => {
        running.answer = answer;
      },
    };
  }

  /** Answers a poll: 202 while it goes on, then the result. */
  poll(path: ArmPath, owner: string, location: string): Answer {
    const running = this.#operations.get(path.names.at(-1) ?? '');
    if (running?.owner !== owner || running.subscriptionId !== path.subscriptionId) {
      throw new ArmError(404, 'OperationNotFound', 'The operation could not be found.');
    }
    return running.answer ?? { status: 202, headers: { location, 'retry-after': '1' } };
  }
}

/** Whether a path is the address of work of the storage provider or one like it. */
export function isPollPath(path: ArmPath): boolean {
  const [locations = '', operations = ''] = path.types;
  return (
    path.types.length === 2 &&
    locations.toLowerCase() === 'locations' &&
    operations.toLowerCase() === 'asyncoperations'
  );
}
