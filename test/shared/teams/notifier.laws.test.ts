import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noticeClaimMs } from '../../../shared/work/notice-store.ts';
import { chain, NoticeWorld } from '../../support/notice-world.ts';
import { connectionReset } from '../../support/memory-table.ts';
import { runs } from '../../support/effort.ts';

const minute = 60_000;

type Command =
  | { readonly kind: 'ask'; readonly count: number }
  | { readonly kind: 'standing'; readonly count: number }
  | { readonly kind: 'close' | 'again' | 'baseline' | 'together' }
  | { readonly kind: 'run' }
  /** A process that is gone at its so many-th write, before or after it took effect. */
  | { readonly kind: 'crash'; readonly at: number; readonly after: boolean }
  | { readonly kind: 'wait'; readonly minutes: number }
  | { readonly kind: 'teams'; readonly up: boolean };

const crash = fc.record({
  kind: fc.constant('crash' as const),
  at: fc.integer({ min: 1, max: 14 }),
  after: fc.boolean(),
});
const calm: readonly fc.Arbitrary<Command>[] = [
  fc.record({ kind: fc.constant('ask' as const), count: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ kind: fc.constant('standing' as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.constantFrom({ kind: 'baseline' } as const, { kind: 'together' } as const, { kind: 'run' } as const),
  fc.record({ kind: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 7 }) }),
];
const rough: readonly fc.Arbitrary<Command>[] = [
  ...calm,
  crash,
  fc.constantFrom({ kind: 'close' } as const, { kind: 'again' } as const),
  fc.record({ kind: fc.constant('teams' as const), up: fc.boolean() }),
];

/** Lets everything happen, then lets everything come to rest with Teams up. */
async function play(commands: readonly Command[]): Promise<{ world: NoticeWorld; waiting: Set<string> }> {
  const world = new NoticeWorld();
  const waiting = new Set<string>();
  let count = 0;
  const ask = async (many: number, given: object): Promise<void> => {
    for (let index = 0; index < many; index += 1) {
      count += 1;
      waiting.add(await world.ask(`account${count}`, given));
    }
  };
  await world.run();
  await world.baseline('baseline-started');
  for (const command of commands) {
    const [first] = waiting;
    switch (command.kind) {
      case 'ask':
        await ask(command.count, {});
        break;
      case 'standing':
        await ask(command.count, { because: 'unwitnessed', witnessed: false });
        break;
      case 'baseline':
        await world.baseline('baseline-completed');
        break;
      case 'close':
        if (first !== undefined) {
          await world.close(first);
          waiting.delete(first);
        }
        break;
      case 'again':
        if (first !== undefined) {
          await world.askAgain(first, `value ${count}`);
        }
        break;
      case 'together':
        await Promise.all([world.run(), world.run()]);
        break;
      case 'run':
        await world.run();
        break;
      case 'crash':
        await world.run(dying(command.at, command.after));
        break;
      case 'wait':
        world.clock.advance(command.minutes * minute);
        await world.run();
        break;
      case 'teams':
        world.teams.answer = () =>
          command.up ? { kind: 'accepted' } : { kind: 'later', reason: 'status 503' };
    }
  }
  world.teams.answer = () => ({ kind: 'accepted' });
  await world.baseline('baseline-completed');
  world.clock.advance(noticeClaimMs);
  await world.runFor(60 * minute, minute);
  return { world, waiting };
}

/** From its so many-th write on nothing of it takes effect any more. */
function dying(at: number, after: boolean) {
  let writes = 0;
  const isWrite = (call: string) => call === 'createEntity' || call === 'updateEntity';
  return {
    before: (call: string) => {
      writes += isWrite(call) ? 1 : 0;
      if (writes > at || (writes === at && !after)) {
        throw connectionReset();
      }
    },
    after: (call: string) => {
      if (writes >= at && isWrite(call)) {
        throw connectionReset();
      }
    },
  };
}

/** Where the ledger last says that people were asked about a case. */
async function lastTold(world: NoticeWorld): Promise<Map<string, number>> {
  const told = await world.told('notice-sent');
  return new Map(
    told.flatMap(({ sequence, body }) => {
      const { about, cases } = body?.payload as { about: string; cases: string[] };
      return about === 'follow-up' ? [] : cases.map((caseId) => [caseId, sequence] as const);
    }),
  );
}

async function attemptsTold(world: NoticeWorld): Promise<number> {
  const told = await world.told('notice-sent', 'notice-failed');
  return told.reduce((sum, { body }) => sum + Number(body?.payload.attempts), 0);
}

describe('whatever happens to processes and to Teams', () => {
  it('each question that stands was told, in a message that Teams took', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(...rough), { maxLength: 25 }), async (commands) => {
        const { world, waiting } = await play(commands);
        const last = await lastTold(world);
        for (const { caseId, sequence } of await world.told('decision-requested')) {
          if (caseId !== null && waiting.has(caseId)) {
            expect(last.get(caseId) ?? 0).toBeGreaterThan(sequence);
          }
        }
        for (const { body } of await world.told('notice-sent')) {
          const { about, cases, count } = body?.payload as { about: string; cases: string[]; count: number };
          expect(cases).toHaveLength(count);
          if (about === 'ask' || about === 'digest') {
            const words = count === 1 ? `token-of-${cases[0] ?? ''}` : `${count} cases wait`;
            expect(world.teams.bodies.some((text) => text.includes(words))).toBe(true);
          }
        }
        // Nothing waits any more, and nobody holds it.
        const [row] = world.work.rows();
        expect(JSON.parse(String(row?.state0))).toMatchObject({
          cursor: await world.reader.end(chain),
          notices: [],
          told: [],
        });
      }),
      { numRuns: runs(15) },
    );
  });

  it('is sent no oftener than was counted, though processes die', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(...calm, crash), { maxLength: 20 }), async (commands) => {
        const { world } = await play(commands);
        expect(world.teams.attempts).toBeLessThanOrEqual(await attemptsTold(world));
      }),
      { numRuns: runs(10) },
    );
  });

  it('is sent exactly once where no process dies', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(...calm), { maxLength: 20 }), async (commands) => {
        const { world, waiting } = await play(commands);
        const told = await world.toldCases();
        expect([...told].sort()).toEqual([...waiting].sort());
        expect(world.teams.attempts).toBe((await world.told('notice-sent')).length);
      }),
      { numRuns: runs(10) },
    );
  });
});
