import { randomBytes, randomUUID } from 'node:crypto';
import type { BindingInfo, FunctionMetadata, InvocationResponse, LogEntry, TypedData } from './contract.ts';
import type { HostSettings } from './host-json.ts';
import type { HostStorage } from './host-storage.ts';
import type { Execution } from './host-telemetry.ts';
import type { WorkerChannel } from './worker-channel.ts';

/** Keys of a function app. */
export interface HostKeys {
  readonly master: string;
  /** The host key that opens functions of level `function`. */
  readonly function: string;
  /** The system key `eventgrid_extension`. */
  readonly eventGrid: string;
}

/** A function with the binding that sets it off. */
export interface LoadedFunction {
  readonly name: string;
  readonly trigger: BindingInfo;
  /** Key of that binding. */
  readonly triggerName: string;
  readonly outputs: readonly { readonly name: string; readonly binding: BindingInfo }[];
}

/** What the parts of a host share. */
export interface HostApp {
  readonly settings: HostSettings;
  readonly keys: HostKeys;
  readonly appSettings: Readonly<Record<string, string | undefined>>;
  readonly functions: readonly LoadedFunction[];
  /** The host's own storage, which its settings may lack. */
  readonly storage: HostStorage;
  /** Whether it runs on a developer's machine, where keys are not asked for. */
  readonly isLocal: boolean;
  log(entry: LogEntry): void;
  /** Ends the host: what runs is finished, nothing new is taken. */
  shutDown(reason: string): void;
  /**
   * Runs a function to its end, outputs included.
   *
   * @throws Error when the function throws, its worker dies or an output cannot be delivered
   */
  invoke(
    target: LoadedFunction,
    input: TypedData,
    metadata?: Readonly<Record<string, TypedData>>,
    traceParent?: string,
  ): Promise<InvocationResponse>;
}

/** Delivers what a function has put out. */
export type OutputSink = (target: LoadedFunction, response: InvocationResponse) => Promise<void>;

/** Joins worker and outputs to what triggers call. */
export function createInvoker(
  worker: WorkerChannel,
  deliver: OutputSink,
  log: (entry: LogEntry) => void,
  onEnd: (execution: Execution) => void,
): HostApp['invoke'] {
  return async (target, input, metadata = {}, traceParent = newTraceParent()) => {
    const invocationId = randomUUID();
    const begun = new Date();
    let succeeded = false;
    try {
      const response = await worker.invoke(target.name, {
        invocationId,
        functionId: target.name,
        inputData: [{ name: target.triggerName, data: input }],
        triggerMetadata: metadata,
        traceContext: { traceParent, traceState: '', attributes: {} },
      });
      await deliver(target, response);
      succeeded = true;
      return response;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log({ level: 'error', category: 'host', message, functionName: target.name, invocationId });
      throw error;
    } finally {
      onEnd({ functionName: target.name, invocationId, traceParent, begun, succeeded });
    }
  };
}

/**
 * Finds the trigger of each function.
 *
 * @throws Error on a name that Azure refuses and on a function without a trigger
 */
export function toLoadedFunctions(
  functions: readonly FunctionMetadata[],
  resolve: (text: string) => string,
): LoadedFunction[] {
  return functions.map(({ name, bindings }) => {
    if (!/^[A-Za-z][\w-]*$/.test(name)) {
      throw new Error(`Cannot load "${name}": not a valid function name`);
    }
    const entries = Object.entries(bindings).map(
      ([key, binding]) => [key, resolveSettings(binding, resolve)] as const,
    );
    const trigger = entries.find(([, { type }]) => /trigger$/i.test(type ?? ''));
    if (trigger === undefined) {
      throw new Error(`Cannot load "${name}": it has no trigger`);
    }
    return {
      name,
      triggerName: trigger[0],
      trigger: trigger[1],
      outputs: entries.flatMap(([key, binding]) =>
        binding.direction === 'out' ? [{ name: key, binding }] : [],
      ),
    };
  });
}

/** A trace parent for a new trace, or for a new span in the trace of another. */
export function newTraceParent(parent?: string): string {
  const trace = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(parent ?? '')?.[1];
  return `00-${trace ?? randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}

/** `%NAME%` in a text option of a binding stands for the app setting NAME. */
function resolveSettings(binding: BindingInfo, resolve: (text: string) => string): BindingInfo {
  return Object.fromEntries(
    Object.entries(binding).map(([key, value]) => [key, typeof value === 'string' ? resolve(value) : value]),
  );
}

/**
 * Replaces `%NAME%` by app settings.
 *
 * @throws Error when a setting is missing
 */
export function settingResolver(
  appSettings: Readonly<Record<string, string | undefined>>,
): (text: string) => string {
  return (text) =>
    text.replaceAll(/%([\w:.-]+)%/g, (_, name: string) => {
      const value = appSettings[name];
      if (value === undefined) {
        throw new Error(`No app setting "${name}", which a binding names as "${text}"`);
      }
      return value;
    });
}
