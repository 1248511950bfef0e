import { expect } from 'vitest';
import type { Engine } from '../../shared/engine/engine.ts';
import { reconcile } from '../../shared/engine/run/reconcile.ts';
import { takeBaseline } from '../../shared/engine/run/take-baseline.ts';
import type { Note } from '../../shared/work/work.ts';
import type { KillSwitch, SwitchState } from '../../shared/policy/kill-switch.ts';
import type { Limits, Policy } from '../../shared/policy/policy.ts';
import { defaultPolicy } from '../../shared/policy/policy.ts';
import { account, blobService, newSubscription } from './estate.ts';
import { ManualClock } from './manual-clock.ts';
import { entriesOf, noteOf, openCasesOf, rootOf } from './scenario.ts';
import type { TestBed } from './test-bed.ts';
import { startTestBed } from './test-bed.ts';

/** A kill switch that a test turns. `reads` counts the looks that were not from memory. */
export class TestSwitch implements KillSwitch {
  state: SwitchState = { changes: 'allowed', because: 'said' };
  reads = 0;
  /** Called with the number of each read, before it is answered. */
  onRead: (read: number) => void = () => undefined;

  read(): Promise<SwitchState> {
    this.reads += 1;
    this.onRead(this.reads);
    return Promise.resolve(this.state);
  }

  recent(): Promise<SwitchState> {
    return Promise.resolve(this.state);
  }

  turn(changes: 'allowed' | 'stopped'): void {
    this.state = { changes, because: 'said', by: 'an officer' };
  }
}

/** The policy as shipped, with other limits or answers. */
export function policyWith(limits: Partial<Limits>, change: Partial<Policy> = {}): Policy {
  return { ...defaultPolicy, name: 'test', limits: { ...defaultPolicy.limits, ...limits }, ...change };
}

/** A sandbox whose time a test moves, one engine, and one guarded subscription after another. */
export class GuardWorld {
  readonly clock: ManualClock;
  readonly bed: TestBed;
  subscription = newSubscription();
  engine!: Engine;

  private constructor(bed: TestBed, clock: ManualClock) {
    this.bed = bed;
    this.clock = clock;
  }

  /** `isSealed` has the engines seal their rows and believe no others. */
  static async start(isSealed = false): Promise<GuardWorld> {
    // Tokens of the sandbox hold by the machine's clock: simulated time begins there.
    const clock = new ManualClock(new Date().toISOString());
    return new GuardWorld(await startTestBed({ clock, isSealed }), clock);
  }

  /** A new subscription with those accounts, its baseline taken, and an engine as given. */
  async guard(names: readonly string[], change: Partial<Engine> = {}): Promise<void> {
    this.subscription = newSubscription();
    this.bed.guard(this.subscription);
    this.engine = await this.bed.newEngine(change);
    const bodies = ['anchor', ...names].map((name) => account(this.subscription, name));
    bodies.forEach((body) => this.bed.azure.arm.state.load(body));
    bodies.forEach(({ id }) => this.bed.azure.arm.state.load(blobService(id)));
    expect(await takeBaseline(this.engine, this.bed.queue, this.subscription)).toMatchObject({
      kind: 'completed',
    });
    this.bed.azure.accounting.reset();
  }

  idOf(name: string): string {
    return account(this.subscription, name).id;
  }

  /** What somebody's write leaves behind, without the write. */
  becomes(body: { id: string }): void {
    this.bed.azure.arm.state.load(body);
  }

  /** Somebody opens an account, and the event arrives. */
  async opens(
    name: string,
    properties: Record<string, unknown> = { minimumTlsVersion: 'TLS1_0' },
    note: Partial<Note> = {},
  ): Promise<void> {
    this.becomes(account(this.subscription, name, properties));
    await this.tell(this.idOf(name), note);
  }

  tell(resource: string, note: Partial<Note> = {}) {
    const time = this.clock.now().toISOString();
    return reconcile(this.engine, this.bed.queue, {
      format: 1,
      root: rootOf(resource),
      note: noteOf(resource, { time, ...note }),
      postponed: 0,
    });
  }

  /** Does what wake messages and the timer would do with whatever is due by now, a few times over. */
  async wake(): Promise<void> {
    for (let round = 0; round < 5; round += 1) {
      let count = 0;
      for await (const root of this.engine.work.due()) {
        if (root.includes(this.subscription)) {
          count += 1;
          await reconcile(this.engine, this.bed.queue, { format: 1, root, postponed: 0 });
        }
      }
      if (count === 0) {
        return;
      }
    }
  }

  async passes(milliseconds: number): Promise<void> {
    this.clock.advance(milliseconds);
    await this.wake();
  }

  propertiesOf(id: string): Record<string, unknown> {
    return this.bed.azure.arm.state.get(id)?.properties as Record<string, unknown>;
  }

  isClosed(name: string): boolean {
    return this.propertiesOf(this.idOf(name)).minimumTlsVersion === 'TLS1_2';
  }

  entries() {
    return entriesOf(this.bed, this.subscription);
  }

  async kinds(): Promise<string[]> {
    return (await this.entries()).map(({ kind }) => kind);
  }

  /** Hold reasons, or states, of the open cases, by name of the resource and control. */
  async holds(): Promise<Record<string, string>> {
    const cases = await openCasesOf(this.bed, this.subscription);
    return Object.fromEntries(
      cases.map(({ resource, control, state, data }) => [
        `${resource.split('/').at(-1)} ${control}`,
        state === 'held' ? (data.hold as { reason: string }).reason : state,
      ]),
    );
  }
}

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
