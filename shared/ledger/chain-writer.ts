import { type Clock, timestamp } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import { storageStatus, toStorageError } from '../storage-errors.ts';
import { type AttemptBounds, Attempts } from './attempts.ts';
import type { Sealer } from '../seal/sealer.ts';
import { entryKey } from './format/keys.ts';
import { type KnownChain } from './known-chain.ts';
import { readRow } from './read-row.ts';
import type { Commit } from './ledger.ts';
import { type PackedUnits, packUnits, type PackedTransaction } from './pack-units.ts';
import { mostRowsBesideHead, type PreparedUnit } from './prepare.ts';
import type { StorageTable } from './table.ts';
import type { UnitOutcome } from './unit-effect.ts';

interface Waiting {
  readonly unit: PreparedUnit;
  readonly resolve: (commit: Commit) => void;
  readonly reject: (error: unknown) => void;
}

/** A transaction that was sent and whose effect is not known yet. */
interface Sent {
  readonly transaction: PackedTransaction;
  readonly packed: PackedUnits;
}

/** Most readings of rows that contradict the head. After that the chain counts as damaged. */
const mostContradictions = 3;

/**
 * Commits this process's units of one chain: one transaction at a time, each with as many waiting units as fit. The head's
 * ETag settles races with other processes.
 */
export class ChainWriter {
  readonly #table: StorageTable;
  readonly #chain: string;
  readonly #known: KnownChain;
  readonly #clock: Clock;
  readonly #bounds: AttemptBounds;
  readonly #queue: Waiting[] = [];
  #isRunning = false;
  #sent: Sent | undefined;
  /** True after an answer that contradicts the head: a row exists or is missing against the head's promise. */
  #isContradicted = false;
  #contradictions = 0;
  /** Number of units to try one by one, after Azure refused a transaction for good. */
  #alone = 0;

  readonly #sealer: (() => Promise<Sealer>) | undefined;

  /** With a sealer, every head that is written is sealed. */
  constructor(
    {
      table,
      clock,
      bounds,
    }: { readonly table: StorageTable; readonly clock: Clock; readonly bounds: AttemptBounds },
    chain: string,
    known: KnownChain,
    sealer?: () => Promise<Sealer>,
  ) {
    this.#table = table;
    this.#sealer = sealer;
    this.#chain = chain;
    this.#known = known;
    this.#clock = clock;
    this.#bounds = bounds;
  }

  append(unit: PreparedUnit): Promise<Commit> {
    const { promise, resolve, reject } = Promise.withResolvers<Commit>();
    this.#queue.push({ unit, resolve, reject });
    if (!this.#isRunning) {
      this.#isRunning = true;
      void this.#run();
    }
    return promise;
  }

  async #run(): Promise<void> {
    // Units that are appended in the same turn go together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      await this.#commitNext();
    }
    this.#isRunning = false;
  }

  /** Settles at least one unit; never throws. */
  async #commitNext(): Promise<void> {
    const attempts = new Attempts(this.#clock, this.#bounds);
    this.#contradictions = 0;
    for (;;) {
      const error = await this.#attempt();
      if (error === undefined) {
        return;
      }
      try {
        await attempts.pauseAfter(error);
      } catch (reason) {
        this.#giveUp(reason);
        return;
      }
    }
  }

  /** Makes one attempt; undefined if the attempt settled a unit. */
  async #attempt(): Promise<RemediationError | undefined> {
    try {
      if (this.#sent && (await this.#hasLanded(this.#sent))) {
        return undefined;
      }
      const sent = this.#sent ?? (await this.#pack());
      return sent === undefined ? undefined : await this.#send(sent);
    } catch (error) {
      return toStorageError(error, `append to chain "${this.#chain}"`);
    }
  }

  /** Plans the next transaction. Undefined if no unit needs a write: then the units are settled. */
  async #pack(): Promise<Sent | undefined> {
    const most = this.#alone > 0 ? 1 : mostRowsBesideHead;
    const units = this.#queue.slice(0, most).map(({ unit }) => unit);
    const view = await this.#known.viewFor(units);
    const packed = packUnits(view, units, {
      id: this.#clock.uuid(),
      time: timestamp(this.#clock),
      sealer: await this.#sealer?.(),
    });
    if (packed.transaction === undefined) {
      this.#settle(packed.outcomes);
      return undefined;
    }
    return { transaction: packed.transaction, packed };
  }

  async #send(sent: Sent): Promise<RemediationError | undefined> {
    this.#sent = sent;
    this.#isContradicted = false;
    try {
      const answer = await this.#table.submitTransaction(sent.transaction.actions);
      this.#commit(sent, answer.subResponses[0]?.etag);
      return undefined;
    } catch (error) {
      return this.#failed(sent, error);
    }
  }

  #failed(sent: Sent, error: unknown): RemediationError {
    const translated = toStorageError(error, `append to chain "${this.#chain}"`);
    if (translated.code === 'resource-changed' || translated.code === 'resource-gone') {
      // After a 412 the next attempt reads the head, which shows whether another writer or this process was first.
      this.#isContradicted = storageStatus(error) !== 412;
      return new RemediationError(
        'storage-unavailable',
        `Cannot append to chain "${this.#chain}": contended`,
        {
          cause: error,
        },
      );
    }
    if (translated.code === 'request-refused' && sent.packed.outcomes.length > 1) {
      this.#sent = undefined;
      this.#alone = sent.packed.outcomes.length;
      return new RemediationError('storage-unavailable', translated.message, { cause: error });
    }
    return translated;
  }

  /**
   * Finds out whether a transaction took effect. While the head is unchanged, the transaction can still take effect: then the
   * same transaction is sent again, and only one of the two can commit. Once the head moved, the transaction can no longer
   * take effect.
   */
  async #hasLanded(sent: Sent): Promise<boolean> {
    const { transaction } = sent;
    const { head, etag } = await this.#known.readHead();
    if (etag === transaction.base.etag) {
      this.#resolveContradiction();
      return false;
    }
    // The search for the entry follows the reading of a moved head: by then a transaction that took effect is visible.
    const isThere = await this.#isInChain(transaction, head.sequence);
    if (head.commit !== transaction.head.commit) {
      this.#sent = undefined;
      if (isThere) {
        this.#settle(sent.packed.outcomes);
      }
      return isThere;
    }
    if (!isThere) {
      // A head alone proves nothing: the entry that it names may be lost, and then nothing was recorded.
      throw this.#contradicted();
    }
    this.#commit(sent, etag);
    return true;
  }

  async #isInChain({ last }: PackedTransaction, lastSequence: number): Promise<boolean> {
    const { sequence } = last.header;
    if (sequence > lastSequence) {
      return false;
    }
    const row = await readRow(this.#table, this.#chain, entryKey(sequence));
    return row?.header === last.text;
  }

  #contradicted(): RemediationError {
    return new RemediationError(
      'internal-error',
      `Cannot append to chain "${this.#chain}": its rows contradict its head`,
    );
  }

  /** The head did not move, yet a row was not as expected: the known rows are wrong. */
  #resolveContradiction(): void {
    if (!this.#isContradicted) {
      return;
    }
    this.#contradictions += 1;
    if (this.#contradictions > mostContradictions) {
      throw this.#contradicted();
    }
    this.#sent = undefined;
    this.#known.forget(true);
  }

  #commit(sent: Sent, etag: string | undefined): void {
    this.#known.advance(sent.transaction, etag);
    this.#settle(sent.packed.outcomes);
  }

  #settle(outcomes: readonly UnitOutcome[]): void {
    this.#sent = undefined;
    this.#alone = Math.max(0, this.#alone - outcomes.length);
    for (const outcome of outcomes) {
      const waiting = this.#queue.shift();
      if (outcome.kind === 'illegal') {
        waiting?.reject(outcome.error);
      } else {
        waiting?.resolve(outcome);
      }
    }
  }

  /**
   * Rejects the waiting units at once, since they would fail for the same reason later. Only a refusal concerns a single
   * unit.
   */
  #giveUp(reason: unknown): void {
    const isRefusal = reason instanceof RemediationError && reason.code === 'request-refused';
    const count = isRefusal && this.#sent ? this.#sent.packed.outcomes.length : this.#queue.length;
    this.#sent = undefined;
    this.#alone = Math.max(0, this.#alone - count);
    this.#known.forget();
    for (const waiting of this.#queue.splice(0, count)) {
      waiting.reject(reason);
    }
  }
}
