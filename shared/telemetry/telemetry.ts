import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../clock.ts';
import { redact } from '../text/secrets.ts';

/** A finished piece of work, with the pieces inside it. */
export interface Span {
  readonly name: string;
  readonly kind: 'request' | 'dependency';
  /** W3C trace context of the cause; only a request has one. */
  traceparent: string | undefined;
  readonly start: Date;
  end: Date;
  succeeded: boolean;
  readonly attributes: Record<string, string | number | boolean>;
  readonly children: Span[];
}

/** The destination of finished requests. */
export interface SpanSink {
  send(span: Span): void;
  flush(): Promise<void>;
}

export interface Telemetry {
  /**
   * Runs one execution and records it, with everything inside it. A request inside another one is the same request:
   * no execution is recorded twice, and a trace that only the inner one knows, such as that of a message, replaces
   * the outer one. The request failed if `act` throws, or if `isFailure` returns true for its result.
   */
  request<T>(
    name: string,
    traceparent: string | undefined,
    act: () => Promise<T>,
    isFailure?: (result: T) => boolean,
  ): Promise<T>;
  /** Runs one call to another service and records it in the request around it. */
  dependency<T>(name: string, act: () => Promise<T>): Promise<T>;
  /** Adds an attribute to the innermost span. */
  attribute(name: string, value: string | number | boolean): void;
  /** Begins to load the sink in the background. Spans that finish earlier wait for it. */
  start(): void;
  /** Sends the waiting spans. Called when the app ends. */
  flush(): Promise<void>;
}

/**
 * Most requests that wait for the sink. Beyond that the oldest is dropped, and an attribute of the next one tells the
 * loss.
 */
const mostWaiting = 2_000;

/**
 * Records spans without an SDK, so that nothing is lost and nothing slows down while the SDK loads. A sink that
 * cannot be loaded troubles whoever watches, but not the work. A tree is handed over when its outermost span ends,
 * and is then complete.
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
