import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CaseEntryKind, caseMoves, type CaseState } from '../../../shared/ledger/format/states.ts';
import type { Commit, Ledger, RootView, Unit } from '../../../shared/ledger/ledger.ts';
import type { Disturbance } from '../../support/disturbed-table.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { connectionReset, failure, MemoryTable } from '../../support/memory-table.ts';
import { Bench, chain, entryOf, keyOf, root } from './ledger-contract.ts';
import { runs } from '../../support/effort.ts';

const names = ['one', 'two', 'three'];
const troubles = [
  ...Array<string>(8).fill('none'),
  ...['reset-before', 'reset-after', 'late', 'busy-before', 'busy-after', 'throttled'],
] as const;

interface Told {
  readonly mark: string;
  readonly size: number;
  readonly outcome: Commit | 'unknown' | 'refused';
}

test('whatever breaks: no gap, no fork, legal moves, and exactly the units that were told of', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.nat(99), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 8 }),
      fc.infiniteStream(fc.constantFrom(...troubles)),
      fc.infiniteStream(fc.nat(1_000)),
      async (workers, trouble, choices) => {
        const world = new World(trouble, choices);
        await Promise.all(workers.map((steps, worker) => world.work(worker, steps)));
        await world.judge();
      },
    ),
    { numRuns: runs(50) },
  );
});

/** Workers of three processes on the cases of one root. */
class World {
  readonly #bench = new Bench(new MemoryTable().client());
  readonly #told: Told[] = [];
  readonly #trouble: Iterator<string>;
  readonly #choices: Iterator<number>;
  readonly #ledgers: Ledger[];

  constructor(trouble: Iterable<string>, choices: Iterable<number>) {
    this.#trouble = trouble[Symbol.iterator]();
    this.#choices = choices[Symbol.iterator]();
    const bounds = { most: 6, forMilliseconds: 60_000, firstPauseInMs: 10, longestPauseInMs: 100 };
    const clock = new ManualClock();
    this.#ledgers = [0, 1, 2].map(() => this.#bench.ledger(this.#disturbance(), { clock, bounds }));
  }

  async work(worker: number, steps: readonly number[]): Promise<void> {
    const ledger = this.#ledgers[worker % this.#ledgers.length]!;
    for (const step of steps) {
      const view = await ledger.readRoot(chain, root).catch(() => undefined);
      if (view) {
        const mark = `${worker}-${this.#told.length}`;
        const unit = this.#unit(view, names[step % names.length]!, mark, step);
        const outcome = await ledger
          .append(unit)
          .catch((error: unknown) =>
            (error as { code?: string }).code === 'internal-error'
              ? ('refused' as const)
              : ('unknown' as const),
          );
        this.#told.push({ mark, size: unit.entries.length, outcome });
      }
    }
  }

  /** A unit of one to three entries, legal for what was seen; now and then one that is not. */
  #unit(view: RootView, name: string, mark: string, step: number): Unit {
    const row = view.openCases.find(({ key }) => key === keyOf(name));
    const life = { name, id: row?.caseId ?? `case-${mark}` };
    const kinds: CaseEntryKind[] = [];
    let state: CaseState | 'none' = row?.state ?? 'none';
    const count = 1 + (this.#choice() % 3);
    for (let index = 0; index < count && state !== 'closed'; index += 1) {
      const legal = Object.entries(caseMoves).filter(([, move]) =>
        (move.from as readonly string[]).includes(state),
      );
      const [kind, move] = legal[this.#choice() % legal.length]!;
      kinds.push(kind as CaseEntryKind);
      state = move.to === 'same' ? state : move.to;
    }
    if (step === 0) {
      kinds.push('case-opened');
    }
    return {
      chain,
      entries: kinds.map((kind, index) => entryOf(life, kind, { mark, index })),
      cases: [{ key: keyOf(name), caseId: life.id, expected: row?.sequence ?? 'absent', data: { mark } }],
      ...(step % 3 === 0 && { changes: { count: 1, limitPerHour: 4 } }),
    };
  }

  async judge(): Promise<void> {
    // Calls that were to take effect later have done so.
    for (let turn = 0; turn < 50; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { entries, problems } = await this.#bench.chain();
    expect(problems).toEqual([]);
    const found = new Map<string, number[]>();
    for (const { body, sequence } of entries) {
      const { mark } = body?.payload as { mark: string };
      found.set(mark, [...(found.get(mark) ?? []), sequence]);
    }
    for (const { mark, size, outcome } of this.#told) {
      const sequences = found.get(mark) ?? [];
      found.delete(mark);
      if (outcome === 'unknown') {
        expect([0, size]).toContain(sequences.length);
      } else if (outcome === 'refused' || outcome.kind !== 'committed') {
        expect(sequences).toEqual([]);
      } else {
        expect(sequences).toEqual(outcome.sequences);
      }
    }
    expect(found).toEqual(new Map());
  }

  #choice(): number {
    return this.#choices.next().value as number;
  }

  #disturbance(): Disturbance {
    let trouble = 'none';
    return {
      before: () => {
        trouble = this.#trouble.next().value as string;
        if (trouble === 'reset-before') throw connectionReset();
        if (trouble === 'busy-before') throw failure(503, 'ServerBusy', { 'Retry-After': '1' });
        if (trouble === 'throttled') throw failure(429, 'TooManyRequests');
      },
      late: () => (trouble === 'late' ? this.#choice() % 12 : undefined),
      after: () => {
        const after = this.#trouble.next().value as string;
        if (after === 'reset-after') throw connectionReset();
        if (after === 'busy-after') throw failure(500, 'InternalError');
      },
    };
  }
}
