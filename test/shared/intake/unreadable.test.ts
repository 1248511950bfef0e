import { describe, expect, it } from 'vitest';
import { storageAccountRoot } from '../../../shared/azure/observers/storage-account.ts';
import { createIntake } from '../../../shared/intake/receive.ts';
import { openLedger } from '../../../shared/ledger/open-ledger.ts';
import { createTelemetry } from '../../../shared/telemetry/telemetry.ts';
import { openUnreadableEventStore } from '../../../shared/work/unreadable-events.ts';
import { collect, disturbed, type Disturbance } from '../../support/disturbed-table.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { readRawChain } from '../../support/read-raw-chain.ts';

const subscription = '11111111-2222-3333-4444-555555555555';
const account = `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/weights`;
const hourMs = 3_600_000;

/** Two instances of the service over one ledger and one table of work. */
function world() {
  const clock = new ManualClock();
  const rows = new MemoryTable();
  const work = new MemoryTable();
  const bodies = new Map<string, string>();
  const instance = (disturbance?: Disturbance) =>
    createIntake({
      rootTypes: [storageAccountRoot],
      subscriptions: [subscription],
      ledger: () =>
        Promise.resolve(
          openLedger({
            table: rows.client(),
            bodies: {
              putBody: (hash, text) => Promise.resolve(void bodies.set(hash, text)),
              getBody: (hash) => Promise.resolve(bodies.get(hash)),
            },
            clock,
          }),
        ),
      unreadableEvents: () =>
        Promise.resolve(openUnreadableEventStore(disturbed(work.client(), [], disturbance), clock)),
      queue: () => ({ send: () => Promise.reject(new Error('nothing is to be sent')) }),
      deadLetters: () => ({
        list: async function* () {
          // None.
        },
        remove: () => Promise.resolve(),
        setAside: () => Promise.resolve(),
      }),
      clock,
      logger: { information: () => undefined, warning: () => undefined, error: () => undefined },
      telemetry: createTelemetry(clock, () =>
        Promise.resolve({ send: () => undefined, flush: () => Promise.resolve() }),
      ),
    });
  const told = async () => {
    const { entries, problems } = readRawChain(
      'service',
      await collect(rows.client().listEntities()),
      bodies,
    );
    expect(problems).toEqual([]);
    return entries.map(({ body }) => (body as { payload: Record<string, unknown> }).payload);
  };
  return { clock, instance, told };
}

const broken = (id: number) => ({
  id: `broken-${id}`,
  eventType: 'Microsoft.Resources.ResourceWriteSuccess',
  subject: 'weights',
});

/** How many events all entries together tell of. */
const sum = (payloads: readonly Record<string, unknown>[]): number =>
  payloads.reduce((total, { events }) => total + (typeof events === 'number' ? events : 1), 0);

describe('events that cannot be read', () => {
  it('are told one by one, with a hash, while they are few', async () => {
    const { instance, told } = world();
    await instance().receive(broken(1), undefined);
    expect(await told()).toEqual([
      {
        event: 'broken-1',
        reason: expect.stringContaining('eventTime') as string,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      },
    ]);
  });

  it('cost the ledger a few entries an hour, however many come, and none is missing in the sum', async () => {
    const { clock, instance, told } = world();
    const instances = [instance(), instance()];
    for (let hour = 0; hour < 2; hour += 1) {
      for (let burst = 0; burst < 5; burst += 1) {
        await Promise.all(
          Array.from({ length: 200 }, (_, index) => instances[index % 2]!.receive(broken(index), undefined)),
        );
      }
      clock.advance(hourMs);
    }
    clock.advance(hourMs);
    await Promise.all(instances.map((each) => each.readDeadLetters()));
    const payloads = await told();
    expect(payloads.length).toBeLessThanOrEqual(50);
    expect(sum(payloads)).toBe(2_000);
    expect(payloads.filter(({ events }) => events !== undefined).map(({ hour }) => hour)).toEqual([
      '2026-03-01T12:00:00.000Z',
      '2026-03-01T13:00:00.000Z',
    ]);
  });

  it('are told once, also when the one who tells them is stopped before he forgets them', async () => {
    const { clock, instance, told } = world();
    const receiving = instance();
    await Promise.all(Array.from({ length: 100 }, (_, index) => receiving.receive(broken(index), undefined)));
    clock.advance(2 * hourMs);
    const stopped = instance({
      before: (call) => {
        if (call === 'deleteEntity') {
          throw Object.assign(new Error('stopped'), { statusCode: 503 });
        }
      },
    });
    await stopped.readDeadLetters();
    await instance().readDeadLetters();
    await instance().readDeadLetters();
    expect(sum(await told())).toBe(100);
  });

  it('are delivered again while they cannot be counted', async () => {
    const { instance, told } = world();
    const away = instance({
      before: () => {
        throw Object.assign(new Error('away'), { statusCode: 503 });
      },
    });
    await expect(away.receive(broken(1), undefined)).rejects.toMatchObject({ code: 'storage-unavailable' });
    expect(await told()).toEqual([]);
  });

  it('take no room in the ledger for how long they are', async () => {
    const { instance, told } = world();
    const long = 's'.repeat(1_000_000);
    const messages = await Promise.all(
      [
        { ...broken(1), eventTime: '2026-03-01T12:00:00Z', subject: `${account}${long}` },
        { ...broken(2), id: long },
        { ...broken(3), eventTime: long },
      ].map((event) => instance().receive(event, undefined)),
    );
    expect(messages).toEqual([[], [], []]);
    const payloads = await told();
    expect(payloads).toHaveLength(3);
    expect(JSON.stringify(payloads).length).toBeLessThan(3_000);
  });
});
