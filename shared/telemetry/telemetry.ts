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
 * Hands requests to a sink that loads in the background, and keeps them until it is there. A sink that cannot be
 * loaded troubles whoever watches, but not the work.
 */
function openLateSink(
  loadSink: () => Promise<SpanSink>,
  onTrouble: (error: unknown) => void,
): SpanSink & { load(): Promise<void> } {
  const waiting: Span[] = [];
  let lost = 0;
  let sink: SpanSink | undefined;
  let loading: Promise<void> | undefined;
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
  const load = (): Promise<void> => (loading ??= loadSink().then(useSink, onTrouble));
  return {
    load,
    send: (span) => {
      if (sink !== undefined) {
        sink.send(span);
        return;
      }
      waiting.push(span);
      if (waiting.length > mostWaiting) {
        waiting.shift();
        lost += 1;
      }
    },
    flush: async () => {
      await load();
      await sink?.flush();
    },
  };
}

function newSpan(name: string, kind: Span['kind'], start: Date, traceparent?: string): Span {
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
}

/**
 * Records spans without an SDK, so that nothing is lost and nothing slows down while the SDK loads. A tree is handed
 * over when its outermost span ends, and is then complete.
 */
export function createTelemetry(
  clock: Clock,
  loadSink: () => Promise<SpanSink>,
  onTrouble: (error: unknown) => void = () => undefined,
): Telemetry {
  const current = new AsyncLocalStorage<Span>();
  const sink = openLateSink(loadSink, onTrouble);
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
        sink.send(span);
      }
    }
  };
  return {
    request: (name, traceparent, act, isFailure) => {
      const outer = current.getStore();
      if (outer?.kind === 'request') {
        outer.traceparent = traceparent ?? outer.traceparent;
        return act();
      }
      return run(newSpan(name, 'request', clock.now(), traceparent), act, isFailure);
    },
    dependency: (name, act) => run(newSpan(name, 'dependency', clock.now()), act),
    attribute: (name, value) => {
      const span = current.getStore();
      if (span !== undefined) {
        span.attributes[name] = typeof value === 'string' ? redact(value) : value;
      }
    },
    start: () => void sink.load(),
    flush: () => sink.flush(),
  };
}
