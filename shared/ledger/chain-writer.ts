import { type Clock, timestamp } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import { storageStatus, toStorageError } from '../storage-errors.ts';
import { type AttemptBounds, Attempts } from './attempts.ts';
import { entryKey } from './format/keys.ts';
import { type KnownChain, readRow } from './known-chain.ts';
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

/** A transaction that was sent; nobody knows yet whether it took effect. */
interface Sent {
  readonly transaction: PackedTransaction;
  readonly packed: PackedUnits;
}

/** How often rows that contradict the head are read again before the chain is called damaged. */
const mostContradictions = 3;

/**
 * Commits the units of one chain for this process: one transaction at a time, each with as many waiting units as fit.
 * Other processes are met at the head's ETag.
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
  /** Whether the last answer said that a row is, or is not, there against what the head promises. */
  #isContradicted = false;
  #contradictions = 0;
  /** Units to be tried one by one, after Azure refused a transaction for good. */
  #alone = 0;

  constructor(table: StorageTable, chain: string, known: KnownChain, clock: Clock, bounds: AttemptBounds) {
    this.#table = table;
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

  /** Settles one unit at least; never throws. */
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

  /** One attempt; undefined when it settled something. */
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

  /** Plans the next transaction. Undefined when nothing needs to be written: then the units are settled. */
  async #pack(): Promise<Sent | undefined> {
    const most = this.#alone > 0 ? 1 : mostRowsBesideHead;
    const units = this.#queue.slice(0, most).map(({ unit }) => unit);
    const view = await this.#known.viewFor(units);
    const packed = packUnits(view, units, { id: this.#clock.uuid(), time: timestamp(this.#clock) });
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
      // Whether somebody else came first, or we ourselves did, the head tells before the next attempt.
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
   * Finds out what became of a transaction. It can still take effect while the head is what it was planned on: then the
   * very same one is sent again, so that whichever arrives, it is one commit. Once the head moved it never can.
   */
  async #hasLanded(sent: Sent): Promise<boolean> {
    const { transaction } = sent;
    const { head, etag } = await this.#known.readHead();
    if (etag === transaction.base.etag) {
      this.#resolveContradiction();
      return false;
    }
    // The entry is looked for after the head was seen to have moved: whatever was to arrive has arrived.
    const isThere = await this.#isInChain(transaction, head.sequence);
    if (head.commit !== transaction.head.commit) {
      this.#sent = undefined;
      if (isThere) {
        this.#settle(sent.packed.outcomes);
      }
      return isThere;
    }
    if (!isThere) {
      // A head promises nothing: what it names may have been lost on the way, and then nothing was recorded.
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

  /** The head stands where it stood, yet a row was not as it has to be: what is known of the rows is wrong. */
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

  /** Units that still wait would meet the same fate, later: they are told now. Only a refusal concerns one unit alone. */
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
