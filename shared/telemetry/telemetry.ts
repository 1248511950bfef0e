import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../clock.ts';
import { redact } from '../text/secrets.ts';

/** A finished piece of work, with the pieces inside it. */
export interface Span {
  readonly name: string;
  readonly kind: 'request' | 'dependency';
  /** W3C trace context of what caused it; only a request has one. */
  traceparent: string | undefined;
  readonly start: Date;
  end: Date;
  succeeded: boolean;
  readonly attributes: Record<string, string | number | boolean>;
  readonly children: Span[];
}

/** Where finished requests go. */
export interface SpanSink {
  send(span: Span): void;
  flush(): Promise<void>;
}

export interface Telemetry {
  /**
   * Runs one execution and records it, with everything inside it. Inside a request it is that same one: no execution is
   * told of twice, and a trace that is known only there, such as that of a message, takes the place of the outer one.
   * It failed where `act` throws, and where `isFailure` says so of its result.
   */
  request<T>(
    name: string,
    traceparent: string | undefined,
    act: () => Promise<T>,
    isFailure?: (result: T) => boolean,
  ): Promise<T>;
  /** Runs one call to another service and records it in the invocation around it. */
  dependency<T>(name: string, act: () => Promise<T>): Promise<T>;
  /** Adds to the innermost span. */
  attribute(name: string, value: string | number | boolean): void;
  /** Begins to load the sink in the background. What finishes before it is there waits for it. */
  start(): void;
  /** Sends what waits. Called when the app ends. */
  flush(): Promise<void>;
}

/** Requests that may wait for the sink; beyond them the oldest goes, and the loss is told by an attribute of the next. */
const mostWaiting = 2_000;

/**
 * Records spans without an SDK, so that nothing is lost and nothing is slowed while the SDK loads.
 * A sink that cannot be loaded is trouble for whoever watches, and none for the work.
 * A tree is handed over when its outermost span ends: by then it is complete.
 */
export function createTelemetry(
  clock: Clock,
  loadSink: () => Promise<SpanSink>,
  onTrouble: (error: unknown) => void = () => undefined,
): Telemetry {
  const current = new AsyncLocalStorage<Span>();
  const waiting: Span[] = [];
  let lost = 0;
  let sink: SpanSink | undefined;
  let loading: Promise<void> | undefined;

  const deliver = (span: Span): void => {
    if (sink !== undefined) {
      sink.send(span);
      return;
    }
    waiting.push(span);
    if (waiting.length > mostWaiting) {
      waiting.shift();
      lost += 1;
    }
  };

  const load = (): Promise<void> => (loading ??= loadSink().then(useSink, onTrouble));

  const useSink = (loaded: SpanSink): void => {
    sink = loaded;
    for (const span of waiting.splice(0)) {
      if (lost > 0) {
        span.attributes['leakstop.lost_spans'] = lost;
        lost = 0;
      }
      loaded.send(span);
    }
  };

  const run = async <T>(
    span: Span,
    act: () => Promise<T>,
    isFailure: (result: T) => boolean = () => false,
  ): Promise<T> => {
    const parent = span.kind === 'dependency' ? current.getStore() : undefined;
    parent?.children.push(span);
    try {
      const result = await current.run(span, act);
      span.succeeded = !isFailure(result);
      return result;
    } finally {
      span.end = clock.now();
      if (span.kind === 'request') {
        deliver(span);
      }
    }
  };

  const open = (name: string, kind: Span['kind'], traceparent?: string): Span => {
    const start = clock.now();
    return {
      name: redact(name),
      kind,
      traceparent,
      start,
      end: start,
      succeeded: false,
      attributes: {},
      children: [],
    };
  };

  return {
    request: (name, traceparent, act, isFailure) => {
      const outer = current.getStore();
      if (outer?.kind === 'request') {
        outer.traceparent = traceparent ?? outer.traceparent;
        return act();
      }
      return run(open(name, 'request', traceparent), act, isFailure);
    },
    dependency: (name, act) => run(open(name, 'dependency'), act),
    attribute: (name, value) => {
      const span = current.getStore();
      if (span !== undefined) {
        span.attributes[name] = typeof value === 'string' ? redact(value) : value;
      }
    },
    start: () => void load(),
    flush: async () => {
      await load();
      await sink?.flush();
    },
  };
}
