import { TableClient } from '@azure/data-tables';
import { credentialOf } from '../../sandbox/deploy.ts';
import type { WorkQueue } from '../../shared/work/queue.ts';
import type { Settings } from '../../shared/settings.ts';
import type { CrashScenario } from './crash-scenarios.ts';
import type { KillPoint } from './kill-points.ts';
import { Life } from './kill-points.ts';
import { ManualClock } from './manual-clock.ts';
import type { MortalProcess, Surroundings } from './mortal-process.ts';
import { startProcess } from './mortal-process.ts';
import { noteOf, rawRows, rootOf } from './scenario.ts';
import type { TestBed } from './test-bed.ts';

interface Message {
  readonly text: string;
  visibleAt: number;
  attempts: number;
}

export interface CrashWorldOptions {
  readonly bed: TestBed;
  readonly settings: Settings;
  readonly subscription: string;
  readonly scenario: CrashScenario;
  /** Where the first process dies, the second, and so on. */
  readonly kills?: readonly KillPoint[];
  readonly surroundings?: Pick<Surroundings, 'tableTimeoutInMs' | 'claimInMs'>;
  /** Runs what the world itself asks of the sandbox, so that nobody takes it for the worker's doing. */
  readonly aside?: <T>(act: () => Promise<T>) => Promise<T>;
}

/** Hidden for this long after its function failed, as `host.json` says. */
const hiddenAfterFailureMs = 30_000;
const mostAttempts = 5;
/** Simulated time that a request takes. */
const requestMs = 20;
/** Simulated time after which what is not settled counts as lost. */
const patienceMs = 60 * 60_000;

/**
 * The world around one worker that dies: time, the queue, the timers, and a host that starts the next worker. Time
 * stands while somebody works, and goes on to the next moment at which something is due.
 */
export class CrashWorld {
  readonly clock = new ManualClock(new Date(Date.now() + 1_000).toISOString());
  readonly #options: CrashWorldOptions;
  readonly #messages: Message[] = [];
  readonly #lives: Life[] = [];
  readonly #workTable: TableClient;
  /** When the drift came about, in simulated time. */
  readonly startedAt = this.clock.now().getTime();
  readonly #problems: string[] = [];
  readonly log: string[] = [];
  /** Ids of the requests by which Azure was written to, in order, whether they took effect or not. */
  readonly writes: string[] = [];
  #isBaselineTaken: boolean;

  constructor(options: CrashWorldOptions) {
    this.#options = options;
    this.#isBaselineTaken = options.scenario.drift !== undefined;
    const { azure, storage } = options.bed;
    this.#workTable = new TableClient(storage.urls.tables, 'work', credentialOf(azure, azure.operator));
  }

  /** What went wrong on the way. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  get lives(): readonly Life[] {
    return this.#lives;
  }

  /** Milliseconds of simulated time since the drift. */
  get elapsedMs(): number {
    return this.clock.now().getTime() - this.startedAt;
  }

  /** Tells of the drift, and goes on until nothing is left to do; then lets what was on its way arrive. */
  async run(): Promise<void> {
    const { drift } = this.#options.scenario;
    if (drift !== undefined) {
      this.put({ note: noteOf(drift.id, { time: this.clock.now().toISOString() }), root: rootOf(drift.id) });
    }
    await this.#untilQuiet();
    for (const life of this.#lives) {
      await life.deliverLate();
    }
    await this.#untilQuiet();
  }

  /** Tells of a write by our own identity, as Event Grid would as soon as it took effect. */
  echo(resource: string, requestId: string | undefined): void {
    const { clientId } = this.#options.bed.deployment.identities.remediate;
    const note = noteOf(resource, {
      time: this.clock.now().toISOString(),
      actor: { appId: clientId },
      ...(requestId === undefined ? {} : { requestId }),
    });
    this.put({ note, root: rootOf(resource) });
  }

  put(request: object, delayInMs = 0): void {
    const text = JSON.stringify({ format: 1, postponed: 0, ...request });
    this.#messages.push({ text, visibleAt: this.clock.now().getTime() + delayInMs, attempts: 0 });
  }

  async #untilQuiet(): Promise<void> {
    let process = await this.#nextProcess();
    while (this.elapsedMs < patienceMs) {
      const now = this.clock.now().getTime();
      const message = this.#messages.find(({ visibleAt }) => visibleAt <= now);
      if (process.life.isOver) {
        process = await this.#nextProcess();
      } else if (message !== undefined) {
        await this.#handle(process, message);
      } else if (await this.#isQuiet()) {
        return;
      } else {
        await this.#goOn(process);
      }
    }
    this.#problems.push('something is still due after an hour');
  }

  /** What the host does with a message: gone when handled, hidden for a while otherwise. */
  async #handle({ worker, life }: MortalProcess, message: Message): Promise<void> {
    message.attempts += 1;
    const outcome = await Promise.race([
      life.death,
      worker.reconcile(JSON.parse(message.text)).then(
        () => 'done' as const,
        (error: unknown) => (error as Error).message,
      ),
    ]);
    if (outcome === 'done') {
      this.#messages.splice(this.#messages.indexOf(message), 1);
      return;
    }
    message.visibleAt = this.clock.now().getTime() + hiddenAfterFailureMs;
    if (outcome !== 'killed') {
      this.#problems.push(`a message failed: ${outcome}`);
    }
    if (message.attempts >= mostAttempts) {
      this.#problems.push('a message is poisoned');
      this.#messages.splice(this.#messages.indexOf(message), 1);
    }
  }

  /** Moves time to whatever comes first: a message, the wake timer or the baseline's. */
  async #goOn(process: MortalProcess): Promise<void> {
    const { worker, life } = process;
    const now = this.clock.now().getTime();
    const ticks = {
      wake: nextTick(now, 15_000),
      baseline: this.#isBaselineTaken ? Infinity : nextTick(now, 0),
    };
    const next = Math.min(ticks.wake, ticks.baseline, ...this.#messages.map(({ visibleAt }) => visibleAt));
    this.clock.advance(next - now);
    if (next === ticks.baseline) {
      const run = process.takeBaseline(this.#options.subscription);
      const outcome = await Promise.race([life.death, run.then(({ kind }) => kind, failed)]);
      this.#isBaselineTaken = outcome === 'completed' || outcome === 'not-needed';
    } else if (next === ticks.wake) {
      await Promise.race([life.death, worker.wake().catch(failed)]);
    }
  }

  /** Whether no message waits, and no row of ours has anything to do within half an hour. */
  async #isQuiet(): Promise<boolean> {
    if (this.#messages.length > 0 || !this.#isBaselineTaken) {
      return false;
    }
    return !(await this.#aside(() => this.#isAnythingDue()));
  }

  async #isAnythingDue(): Promise<boolean> {
    const horizon = new Date(this.clock.now().getTime() + 30 * 60_000).toISOString();
    for await (const { root } of this.#workTable.listEntities<{ root: string }>({
      queryOptions: { filter: `dueAt lt '${horizon}'` },
    })) {
      if (root.toLowerCase().includes(this.#options.subscription)) {
        return true;
      }
    }
    return false;
  }

  #aside<T>(act: () => Promise<T>): Promise<T> {
    const { aside } = this.#options;
    return aside === undefined ? act() : aside(act);
  }

  async #nextProcess(): Promise<MortalProcess> {
    const { kills = [], settings, surroundings } = this.#options;
    const life = new Life(kills[this.#lives.length], () => this.clock.advance(requestMs));
    this.#lives.push(life);
    const write = (line: string): void => void this.log.push(line);
    return startProcess(
      {
        settings,
        clock: this.clock,
        queue: this.#queue(),
        logger: { information: write, warning: write, error: write },
        beforeWrite: (requestId) => this.#assertIntended(requestId),
        ...surroundings,
      },
      life,
    );
  }

  /** The real queue takes each message; the simulated host hands them out, since it keeps another time. */
  #queue(): WorkQueue {
    return {
      send: async (request, delayInMs) => {
        await this.#options.bed.queue.send(request, delayInMs);
        if (request.root.toLowerCase().includes(this.#options.subscription)) {
          this.put(request, delayInMs);
        }
      },
    };
  }

  /** No change is started unless its intent is in the ledger, with the id of the request that carries it out. */
  async #assertIntended(requestId: string): Promise<void> {
    this.writes.push(requestId);
    const { bed, subscription } = this.#options;
    const rows = await this.#aside(() => rawRows(bed, subscription));
    const isIntended = rows.some(
      (row) =>
        String(row.header).includes('"kind":"change-intended"') &&
        String(row.body0).includes(`"requestId":"${requestId}"`),
    );
    if (!isIntended) {
      this.#problems.push(`Azure is written to by "${requestId}" without an intent in the ledger`);
    }
  }
}

function failed(error: unknown): string {
  return (error as Error).message;
}

/** The next moment at so many milliseconds past a full minute. */
function nextTick(now: number, pastMinuteMs: number): number {
  const minute = 60_000;
  return (Math.floor((now - pastMinuteMs) / minute) + 1) * minute + pastMinuteMs;
}
