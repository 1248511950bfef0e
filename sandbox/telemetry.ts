import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { FaultRegistry } from './faults.ts';
import type { Tls } from './tls.ts';
import { readBody } from './wire/exchange.ts';

/** One item that an Application Insights SDK sent. */
export type TelemetryItem = Readonly<Record<string, unknown>>;

/** The ingestion endpoint of Application Insights: takes everything and keeps it. */
export interface TelemetrySink {
  readonly connectionString: string;
  readonly items: readonly TelemetryItem[];
  stop(): Promise<void>;
}

/** Most items that are kept; the oldest go first. */
const mostItems = 50_000;

/** Starts the endpoint on a free loopback port. */
export async function startTelemetry(tls: Tls, faults: FaultRegistry): Promise<TelemetrySink> {
  const items: TelemetryItem[] = [];
  const server = createServer(
    { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) },
    (request, response) => {
      void readBody(request).then((body) => {
        const effects = faults.meet('telemetry', request.method ?? '', request.url ?? '');
        if (effects.length > 0) {
          request.socket.destroy();
          return;
        }
        const received = parseItems(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
        items.push(...received);
        items.splice(0, Math.max(0, items.length - mostItems));
        const count = received.length;
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ itemsReceived: count, itemsAccepted: count, errors: [] }));
      });
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    connectionString: `InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint=https://localhost:${port}/;LiveEndpoint=https://localhost:${port}/`,
    items,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A JSON array, or JSON lines: the SDKs send both. */
function parseItems(body: Buffer): TelemetryItem[] {
  const text = body.toString('utf8').trim();
  if (text === '') {
    return [];
  }
  const parsed: unknown = text.startsWith('[')
    ? JSON.parse(text)
    : text.split('\n').map((line) => JSON.parse(line) as unknown);
  return parsed as TelemetryItem[];
}
