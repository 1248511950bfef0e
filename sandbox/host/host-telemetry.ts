import { randomBytes } from 'node:crypto';
import { exchange } from '../wire/exchange.ts';
import type { HostSettings } from './host-json.ts';

/** One execution of a function, as the host saw it. */
export interface Execution {
  readonly functionName: string;
  readonly invocationId: string;
  readonly traceParent: string;
  readonly begun: Date;
  readonly succeeded: boolean;
}

/** What the host itself tells Application Insights, beside what the app tells. */
export interface HostTelemetry {
  report(execution: Execution): void;
  /** Resolves when everything reported has been sent, or could not be. */
  flush(): Promise<void>;
}

const levels = ['Trace', 'Debug', 'Information', 'Warning', 'Error', 'Critical', 'None'];
/** Executions are told under this category: those that failed at the level Error, others at Information. */
const category = 'Host.Results';

/** Tells of each execution as a request, where a connection string is set and `logLevel` of `host.json` lets it. */
export function openHostTelemetry(
  settings: HostSettings,
  connectionString: string | undefined,
): HostTelemetry {
  const parts = new Map(
    (connectionString ?? '').split(';').map((part) => {
      const [name = '', ...value] = part.split('=');
      return [name, value.join('=')] as const;
    }),
  );
  const endpoint = parts.get('IngestionEndpoint');
  const least = levels.indexOf(settings.levelOf(category));
  const sending = new Set<Promise<unknown>>();
  return {
    report: (execution) => {
      const level = levels.indexOf(execution.succeeded ? 'Information' : 'Error');
      if (endpoint === undefined || level < least) {
        return;
      }
      const sent: Promise<unknown> = exchange({
        url: `${endpoint.replace(/\/$/, '')}/v2.1/track`,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify([toItem(execution, parts.get('InstrumentationKey') ?? '')]),
      })
        .catch(() => undefined)
        .finally(() => sending.delete(sent));
      sending.add(sent);
    },
    flush: async () => {
      await Promise.all(sending);
    },
  };
}

function toItem(execution: Execution, instrumentationKey: string): object {
  const { functionName, invocationId, traceParent, begun, succeeded } = execution;
  const [, traceId = ''] = traceParent.split('-');
  const milliseconds = Math.max(0, Date.now() - begun.getTime());
  return {
    name: 'Microsoft.ApplicationInsights.Request',
    time: begun.toISOString(),
    iKey: instrumentationKey,
    tags: {
      'ai.operation.id': traceId,
      'ai.operation.name': functionName,
      'ai.internal.sdkVersion': 'azurefunctions: 4.1037.0.0',
    },
    data: {
      baseType: 'RequestData',
      baseData: {
        ver: 2,
        id: randomBytes(8).toString('hex'),
        name: functionName,
        duration: `00:00:${(milliseconds / 1000).toFixed(3).padStart(6, '0')}`,
        success: succeeded,
        responseCode: '0',
        properties: { Category: category, InvocationId: invocationId },
      },
    },
  };
}
