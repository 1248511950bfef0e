import type { Span, SpanSink } from './telemetry.ts';

/**
 * Keeps the SDK from counting its own use and sending that to further endpoints of Microsoft, unless the environment
 * says otherwise: an operator who wants that sets the variable to an empty text. Read in
 * `@azure/monitor-opentelemetry-exporter`, `Declarations/Constants`.
 */
export function keepToTheNamedSink(environment: NodeJS.ProcessEnv): void {
  environment.APPLICATION_INSIGHTS_NO_STATSBEAT ??= 'true';
  environment.APPLICATIONINSIGHTS_SDKSTATS_DISABLED ??= 'true';
}

/**
 * Sends spans to Application Insights. The SDK takes half a second to load, so it is loaded here, after the functions
 * are registered. Its own instrumentation stays off: Leakstop's spans say what happened, and the SDK's hooks would
 * record URLs and bodies that have not been redacted.
 */
export async function loadApplicationInsights(connectionString: string | undefined): Promise<SpanSink> {
  if (connectionString === undefined) {
    return { send: () => undefined, flush: () => Promise.resolve() };
  }
  keepToTheNamedSink(process.env);
  // A CommonJS package: bundled, it has a default export only.
  const [{ default: insights }, { context, SpanKind, SpanStatusCode, trace, TraceFlags }] = await Promise.all(
    [import('applicationinsights'), import('@opentelemetry/api')],
  );
  insights.useAzureMonitor({
    azureMonitorExporterOptions: { connectionString, disableOfflineStorage: true },
    samplingRatio: 1,
    // Without this the SDK keeps five traces a second and drops the others.
    tracesPerSecond: 0,
    enableLiveMetrics: false,
    enablePerformanceCounters: false,
    instrumentationOptions: {
      http: { enabled: false },
      azureSdk: { enabled: false },
      bunyan: { enabled: false },
      winston: { enabled: false },
      console: { enabled: false },
    },
  });
  const tracer = trace.getTracer('leakstop');

  const emit = (span: Span, parent = parentOf(span)): void => {
    const emitted = tracer.startSpan(
      span.name,
      {
        // The exporter names requests of kind SERVER only, so CONSUMER does not serve.
        kind: span.kind === 'request' ? SpanKind.SERVER : SpanKind.CLIENT,
        startTime: span.start,
        attributes: span.attributes,
      },
      parent,
    );
    const inside = trace.setSpan(context.active(), emitted);
    for (const child of span.children) {
      emit(child, inside);
    }
    emitted.setStatus({ code: span.succeeded ? SpanStatusCode.OK : SpanStatusCode.ERROR });
    emitted.end(span.end);
  };

  const parentOf = (span: Span) => {
    const match = /^00-(?<traceId>[0-9a-f]{32})-(?<spanId>[0-9a-f]{16})-[0-9a-f]{2}$/.exec(
      span.traceparent ?? '',
    );
    const { traceId, spanId } = match?.groups ?? {};
    return traceId === undefined || spanId === undefined
      ? context.active()
      : trace.setSpanContext(context.active(), {
          traceId,
          spanId,
          traceFlags: TraceFlags.SAMPLED,
          isRemote: true,
        });
  };

  return { send: (span) => emit(span), flush: () => insights.flushAzureMonitor() };
}
