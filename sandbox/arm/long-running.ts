import { randomUUID } from 'node:crypto';
import { ArmError } from './arm-error.ts';
import type { ArmPath } from './arm-path.ts';
import type { Answer } from './call.ts';

interface Running {
  /** Object id of the principal that may ask. */
  readonly owner: string;
  readonly subscriptionId: string;
  /** Whether a poll tells the state of the work (`Azure-AsyncOperation`) or its result (`Location`). */
  readonly tellsState: boolean;
  answer: Answer | undefined;
}

/** Work that goes on after its request was answered with 202, and the addresses at which clients ask for it. */
export class LongRunning {
  #operations = new Map<string, Running>();

  /** Registers work; `finish` gives its result. */
  start(
    owner: string,
    subscriptionId: string,
    tellsState = false,
  ): { readonly id: string; readonly finish: (answer: Answer) => void } {
    const id = randomUUID();
    const running: Running = { owner, subscriptionId, tellsState, answer: undefined };
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
    if (running.tellsState) {
      return stateOf(running, path.names.at(-1) ?? '');
    }
    return running.answer ?? { status: 202, headers: { location, 'retry-after': '1' } };
  }
}

/** Always 200: a client that reads only the status would take work for done that is not. */
function stateOf({ answer }: Running, name: string): Answer {
  const status = answer === undefined ? 'InProgress' : answer.status < 300 ? 'Succeeded' : 'Failed';
  const error = status === 'Failed' ? { error: answer?.body?.error ?? { code: 'Failed' } } : {};
  return {
    status: 200,
    headers: status === 'InProgress' ? { 'retry-after': '1' } : {},
    body: { name, status, ...error },
  };
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
