import Module from 'node:module';
import type { FunctionCallback, FunctionMetadata, Hook, LogEntry, ProgrammingModel } from '../contract.ts';

type HookName = 'preInvocation' | 'postInvocation' | 'appStart' | 'appTerminate' | 'log';

/** What an app has registered. */
export interface Registry {
  readonly functions: ReadonlyMap<string, { metadata: FunctionMetadata; callback: FunctionCallback }>;
  readonly hooks: Readonly<Record<HookName, Hook[]>>;
  model(): ProgrammingModel | undefined;
  /** From now on a registration throws, as in Azure once the app has started. */
  close(): void;
}

class Disposable {
  readonly #onDispose: () => void;

  constructor(onDispose: () => void) {
    this.#onDispose = onDispose;
  }

  static from(...disposables: { dispose(): void }[]): Disposable {
    return new Disposable(() => disposables.forEach((disposable) => disposable.dispose()));
  }

  dispose(): void {
    this.#onDispose();
  }
}

/**
 * Lets `require('@azure/functions-core')` answer in this process, as Azure's worker does it. Has to run before the
 * app's first call to the library, which remembers a failure.
 */
export function installCoreApi(log: (entry: LogEntry) => void): Registry {
  const functions = new Map<string, { metadata: FunctionMetadata; callback: FunctionCallback }>();
  const hooks: Record<HookName, Hook[]> = {
    preInvocation: [],
    postInvocation: [],
    appStart: [],
    appTerminate: [],
    log: [],
  };
  let model: ProgrammingModel | undefined;
  let isClosed = false;
  const core = {
    version: '3.14.1',
    hostVersion: '4.1037.0.0',
    Disposable,
    registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
      const id = metadata.functionId ?? metadata.name;
      if (isClosed) {
        throw new Error(`A function can only be registered during app startup: "${metadata.name}"`);
      }
      if ([...functions.keys()].some((known) => known.toLowerCase() === id.toLowerCase())) {
        throw new Error(`A function is registered twice: "${id}"`);
      }
      functions.set(id, { metadata, callback });
      return new Disposable(() => functions.delete(id));
    },
    setProgrammingModel(chosen: ProgrammingModel): void {
      model = chosen;
    },
    getProgrammingModel: (): ProgrammingModel | undefined => model,
    registerHook(name: HookName, hook: Hook): Disposable {
      hooks[name].push(hook);
      return new Disposable(() => hooks[name].splice(hooks[name].indexOf(hook), 1));
    },
    log: (level: string, category: string, message: string): void => log({ level, category, message }),
  };
  answerRequire('@azure/functions-core', core);
  return { functions, hooks, model: () => model, close: () => void (isClosed = true) };
}

function answerRequire(name: string, answer: unknown): void {
  // Its `this` is the requiring module, put there by the caller below.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const original = Module.prototype.require;
  Module.prototype.require = Object.assign(function (this: NodeJS.Module, id: string): unknown {
    return id === name ? answer : original.call(this, id);
  }, original);
}
