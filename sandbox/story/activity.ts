import { setTimeout as wait } from 'node:timers/promises';
import type { ArmCall } from '../accounting.ts';
import type { Cloud } from '../cloud.ts';
import type { Operation } from '../operation.ts';
import { BodyChanges } from './body-changes.ts';
import type { LedgerEntry, LedgerReader } from './ledger-reader.ts';
import { rootOf } from './resource-names.ts';

/** Something that can be told of, in the order of time. */
export type Happening =
  | {
      readonly kind: 'write';
      readonly time: Date;
      readonly root: string;
      readonly operation: Operation;
      /** Display name of the caller. */
      readonly who: string;
      /** Whether it was Leakstop. */
      readonly isOwn: boolean;
      readonly changes: readonly string[];
    }
  | { readonly kind: 'entry'; readonly time: Date; readonly root: string; readonly entry: LedgerEntry }
  /** A call of Leakstop that Azure refused, or whose answer never came. */
  | { readonly kind: 'trouble'; readonly time: Date; readonly root: string; readonly call: ArmCall };

const pollMs = 100;
/** Ticks in a row that may fail before the watch is given up: a fault in the storage is no reason. */
const mostFailures = 50;
const objectId = 'http://schemas.microsoft.com/identity/claims/objectidentifier';

/** Watches Azure and the ledger, and tells of both as one sequence. */
export class Activity {
  readonly #cloud: Cloud;
  readonly #ledger: LedgerReader;
  readonly #changes: BodyChanges;
  readonly #listeners: ((batch: readonly Happening[]) => void)[] = [];
  #pending: Happening[] = [];
  #calls = 0;
  #isStopped = false;
  #running: Promise<void> = Promise.resolve();
  readonly #failed = Promise.withResolvers<never>();

  constructor(cloud: Cloud, ledger: LedgerReader) {
    this.#cloud = cloud;
    this.#ledger = ledger;
    this.#changes = new BodyChanges(cloud.azure.arm.state);
    cloud.azure.arm.onOperation((operation) => this.#hear(operation));
  }

  /** Never resolves; rejects when the ledger cannot be read any more. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  onBatch(listener: (batch: readonly Happening[]) => void): void {
    this.#listeners.push(listener);
  }

  /** Begins with what happens from now on: what was written before is passed over. */
  async start(): Promise<void> {
    await this.#ledger.newEntries();
    this.#pending = [];
    this.#calls = this.#cloud.azure.accounting.calls().length;
    this.#running = this.#watch();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #watch(): Promise<void> {
    let failures = 0;
    while (!this.#isStopped) {
      try {
        await this.#tick();
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures > mostFailures) {
          this.#failed.reject(error);
          return;
        }
      }
      await wait(pollMs);
    }
  }

  async #tick(): Promise<void> {
    const entries = await this.#ledger.newEntries();
    const batch: Happening[] = [
      ...this.#pending.splice(0),
      ...this.#newTroubles(),
      ...entries.map((entry) => ({
        kind: 'entry' as const,
        time: entry.time,
        root: rootOf(entry.resource),
        entry,
      })),
    ];
    if (batch.length > 0) {
      const sorted = batch.sort((one, other) => one.time.getTime() - other.time.getTime());
      this.#listeners.forEach((listener) => listener(sorted));
    }
  }

  #hear(operation: Operation): void {
    const principal = this.#cloud.azure.principals.find(operation.claims[objectId] ?? '');
    this.#pending.push({
      kind: 'write',
      time: operation.time,
      root: rootOf(operation.resourceId),
      operation,
      who: principal?.displayName ?? 'somebody',
      isOwn: ownNames(this.#cloud).includes(principal?.displayName ?? ''),
      changes: this.#changes.of(operation),
    });
  }

  #newTroubles(): Happening[] {
    const own = ownNames(this.#cloud);
    const calls = this.#cloud.azure.accounting.calls();
    const fresh = calls.slice(this.#calls);
    this.#calls = calls.length;
    return fresh
      .filter(({ caller, status }) => own.includes(caller) && (status === 0 || status >= 400))
      .map((call) => ({
        kind: 'trouble' as const,
        time: new Date(call.time.getTime() + call.milliseconds),
        root: rootOf(call.path),
        call,
      }));
  }
}

/** Display names of the identities that Leakstop has in Azure. */
export function ownNames({ deployment }: Pick<Cloud, 'deployment'>): readonly string[] {
  return Object.values(deployment.identities).map(({ displayName }) => displayName);
}
