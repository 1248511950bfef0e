import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openWorkStore } from '../../../shared/work/open-work-store.ts';
import type { Begin, Claim, WorkStore } from '../../../shared/work/work.ts';
import { collect, disturbed } from '../../support/disturbed-table.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { connectionReset, failure, MemoryTable } from '../../support/memory-table.ts';
import { claimOf, noteOf, root } from './work-contract.ts';
import { runs } from '../../support/effort.ts';

type Step =
  | { readonly kind: 'note'; readonly id: number; readonly store: number }
  | { readonly kind: 'wake'; readonly store: number }
  | { readonly kind: 'wait'; readonly minutes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('note' as const), id: fc.nat(30), store: fc.nat(2) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wake' as const), store: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 4 }) }),
  },
);

/** What a worker does with its claim. */
const ends = ['finish', 'finish', 'finish', 'fail', 'crash'] as const;

test('an event within the pace does not wait for a wake that is far away', async () => {
  const clock = new ManualClock();
  const work = openWorkStore({ table: new MemoryTable().client(), clock, settings: { paceInMs: 2_000 } });
  const first = await work.begin(root, noteOf('e1', clock.now().toISOString()));
  const wakeAt = new Date(clock.now().getTime() + 30 * 86_400_000);
  await work.finish(claimOf(first), { observedAt: clock.now(), wakeAt });
  await work.begin(root, noteOf('e2', clock.now().toISOString()));
  await work.begin(root, noteOf('e3', clock.now().toISOString()));
  clock.advance(2_000);
  expect(await collect(work.due())).toEqual([root]);
  expect(claimOf(await work.begin(root)).row.notes.map(({ id }) => id)).toEqual(['e2', 'e3']);
});

test('a flood of events on children does not drown the one that tells of the root', async () => {
  const clock = new ManualClock();
  const work = openWorkStore({ table: new MemoryTable().client(), clock, settings: { mostNotes: 5 } });
  const held = claimOf(await work.begin(root, noteOf('first', clock.now().toISOString())));
  await work.begin(root, noteOf('root', clock.now().toISOString()));
  for (let child = 0; child < 30; child += 1) {
    const resource = `${root}/blobServices/default/containers/c${child}`;
    await work.begin(root, { ...noteOf(`child${child}`, clock.now().toISOString()), resource });
  }
  const again = await work.finish(held, { observedAt: clock.now() });
  const row = again.kind === 'again' ? again.claim.row : undefined;
  expect(row?.notes.map(({ id }) => id)).toEqual(['root', 'child26', 'child27', 'child28', 'child29']);
  expect(row?.notesDropped).toBe(26);
});

test('no note is lost and there is one claimant at a time, whatever breaks', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 8 }),
      fc.infiniteStream(fc.constantFrom(...ends)),
      fc.infiniteStream(fc.constantFrom('none', 'none', 'none', 'none', 'before', 'after', 'busy')),
      async (rounds, endings, troubles) => {
        const world = new World(endings, troubles);
        for (const round of rounds) {
          await Promise.all(round.map((each) => world.play(each)));
        }
        await world.drain();
        expect([...world.accepted].filter((id) => !world.seen.has(id))).toEqual([]);
        expect(world.clashes).toBe(0);
        expect(await collect(world.table.client().listEntities())).toEqual([]);
      },
    ),
    { numRuns: runs(150) },
  );
});

/** Three processes at one root, with calls that fail and workers that die. */
class World {
  readonly clock = new ManualClock();
  readonly table = new MemoryTable();
  readonly accepted = new Set<string>();
  readonly seen = new Set<string>();
  clashes = 0;
  #active: { claim: Claim }[] = [];
  #isCalm = false;
  readonly #endings: Iterator<(typeof ends)[number]>;
  readonly #troubles: Iterator<string>;
  readonly #stores = [0, 1, 2].map(() =>
    openWorkStore({
      clock: this.clock,
      settings: { paceInMs: 60_000 },
      table: disturbed(this.table.client(), [], {
        before: () => this.#trouble(['before', 'busy']),
        after: () => this.#trouble(['after']),
      }),
    }),
  );

  constructor(endings: Iterable<(typeof ends)[number]>, troubles: Iterable<string>) {
    this.#endings = endings[Symbol.iterator]();
    this.#troubles = troubles[Symbol.iterator]();
  }

  async play(step: Step): Promise<void> {
    if (step.kind === 'wait') {
      this.clock.advance(step.minutes * 60_000);
      return;
    }
    const store = this.#stores[step.store]!;
    const note = step.kind === 'note' ? noteOf(`e${step.id}`, this.clock.now().toISOString()) : undefined;
    const begun = await store.begin(root, note).catch((): Begin | undefined => undefined);
    if (begun && note && begun.kind !== 'known') {
      this.accepted.add(note.id);
    }
    if (begun?.kind === 'claimed') {
      await this.#work(store, begun.claim);
    }
  }

  async #work(store: WorkStore, claim: Claim): Promise<void> {
    const now = this.clock.now();
    const held = { claim };
    this.clashes += this.#active.some((other) => other.claim.until > now) ? 1 : 0;
    this.#active.push(held);
    const observedAt = now;
    const ending = this.#isCalm ? 'finish' : (this.#endings.next().value as (typeof ends)[number]);
    await new Promise((resolve) => setImmediate(resolve));
    if (ending === 'crash') {
      return;
    }
    const wakeAt = this.#isCalm ? undefined : new Date(now.getTime() + 3 * 60 * 60_000);
    // Whoever gives a claim back does nothing under it any more, even while the answer is on its way.
    this.#active = this.#active.filter((other) => other !== held);
    const done = await store
      .finish(claim, ending === 'fail' ? { failed: true } : { observedAt, ...(wakeAt && { wakeAt }) })
      .catch(() => undefined);
    if (ending === 'finish') {
      // It was observed, even if the worker could not say so.
      claim.row.notes.forEach(({ id }) => this.seen.add(id));
    }
    if (done?.kind === 'again') {
      await this.#work(store, done.claim);
    }
  }

  /** Everything works again: timers wake what is due until nothing is left. */
  async drain(): Promise<void> {
    this.#isCalm = true;
    for (let hour = 0; hour < 8; hour += 1) {
      for await (const due of this.#stores[0]!.due()) {
        expect(due).toBe(root);
        await this.play({ kind: 'wake', store: 0 });
      }
      this.clock.advance(60 * 60_000);
    }
  }

  #trouble(kinds: readonly string[]): void {
    if (this.#isCalm) {
      return;
    }
    const trouble = this.#troubles.next().value as string;
    if (kinds.includes(trouble)) {
      throw trouble === 'busy' ? failure(503, 'ServerBusy', { 'Retry-After': '1' }) : connectionReset();
    }
  }
}
