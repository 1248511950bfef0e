import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createEventGrid } from '../../../sandbox/event-grid/event-grid.ts';
import { FaultRegistry } from '../../../sandbox/faults.ts';
import { readBody } from '../../../sandbox/wire/exchange.ts';
import { operation } from './operation.ts';

let endpoint: Server;

beforeAll(async () => {
  endpoint = createServer((request, response) => {
    void readBody(request).then((body) => {
      const [first] = JSON.parse(body.toString()) as { data: { validationCode?: string } }[];
      response.writeHead(200).end(JSON.stringify({ validationResponse: first?.data.validationCode }));
    });
  });
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
});
afterAll(() => endpoint.close());
afterEach(() => vi.restoreAllMocks());

test.each([2, 3, 4, 5, 6, 7])(
  'an event that falls due between two looks at the clock is sent: %i ms',
  async (delay) => {
    const grid = createEventGrid({ faults: new FaultRegistry(), tenantId: 't' });
    await grid.subscribe({
      name: 'one',
      endpointUrl: `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`,
      eventTypes: ['Microsoft.Resources.ResourceWriteSuccess'],
    });
    // Every look is a millisecond later than the one before.
    let now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => (now += 1));
    grid.disturb({ delayMs: [delay, delay] });
    grid.publish(operation());
    await grid.idle(2_000);
    expect(grid.stats()).toMatchObject({ delivered: 1, waiting: 0 });
    grid.stop();
  },
);
