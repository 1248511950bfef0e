/**
 * The part of the `@azure/functions-core` contract that the library and a host use between them; the package itself
 * exists only inside Azure's worker.
 */

export interface BindingInfo {
  readonly type?: string;
  readonly direction?: string;
  readonly name?: string;
  readonly authLevel?: string;
  readonly connection?: string;
  readonly methods?: readonly string[];
  readonly queueName?: string;
  readonly route?: string;
  readonly runOnStartup?: boolean;
  readonly schedule?: string;
}

export interface FunctionMetadata {
  readonly name: string;
  readonly functionId?: string;
  readonly bindings: Readonly<Record<string, BindingInfo>>;
}

/** A value on its way between host and function: one member is set. */
export interface TypedData {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly int?: number;
  readonly double?: number;
  readonly http?: HttpData;
}

/** An HTTP request (towards the function) or response (from it). */
export interface HttpData {
  readonly method?: string;
  readonly url?: string;
  readonly nullableHeaders?: Readonly<Record<string, { readonly value: string }>>;
  readonly nullableQuery?: Readonly<Record<string, { readonly value: string }>>;
  readonly nullableParams?: Readonly<Record<string, { readonly value: string }>>;
  readonly body?: TypedData;
  readonly statusCode?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly CookieData[];
}

export interface CookieData {
  readonly name: string;
  readonly value: string;
  readonly domain?: { readonly value: string };
  readonly path?: { readonly value: string };
  readonly expires?: { readonly value: { readonly seconds: number } };
  readonly secure?: { readonly value: boolean };
  readonly httpOnly?: { readonly value: boolean };
  readonly sameSite?: string;
  readonly maxAge?: { readonly value: number };
}

export interface InvocationRequest {
  readonly invocationId: string;
  readonly functionId: string;
  readonly inputData: readonly { readonly name: string; readonly data: TypedData }[];
  readonly triggerMetadata: Readonly<Record<string, TypedData>>;
  readonly traceContext: {
    readonly traceParent: string;
    readonly traceState: string;
    readonly attributes: Readonly<Record<string, string>>;
  };
}

export interface InvocationResponse {
  readonly outputData?: readonly { readonly name: string; readonly data: TypedData }[];
  readonly returnValue?: TypedData | null;
}

interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<InvocationResponse>;
}

export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly request: InvocationRequest;
  readonly metadata: FunctionMetadata;
  state: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  log(level: string, category: string, message: string): void;
}

export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities?(defaults: Record<string, string>): unknown;
}

export type FunctionCallback = (...args: unknown[]) => unknown;
export type Hook = (context: Record<string, unknown>) => unknown;

/** What the host tells its worker. */
export type ToWorker =
  | { readonly kind: 'invoke'; readonly functionName: string; readonly request: InvocationRequest }
  | { readonly kind: 'terminate' };

/** What a worker tells its host. Times are milliseconds since 1970 by the machine's own clock. */
export type FromWorker =
  | { readonly kind: 'started'; readonly at: number }
  | {
      readonly kind: 'loaded';
      readonly at: number;
      readonly importedAt: number;
      readonly functions: readonly FunctionMetadata[];
    }
  | { readonly kind: 'failed'; readonly message: string }
  | {
      readonly kind: 'result';
      readonly invocationId: string;
      readonly response?: InvocationResponse;
      readonly error?: string;
    }
  | { readonly kind: 'log'; readonly entry: LogEntry };

/** One line of the log of a function app. */
export interface LogEntry {
  readonly level: string;
  /** `user` and `system` as the library says it; `console` for plain prints; `host` for the host's own. */
  readonly category: string;
  readonly message: string;
  readonly functionName?: string;
  readonly invocationId?: string;
}

/** This moment by the machine's own clock, which compressed time leaves alone. */
export function realNow(): number {
  return performance.timeOrigin + performance.now();
}
