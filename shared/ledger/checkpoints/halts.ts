import { z } from 'zod';
import { readJsonAs } from '../../read-as.ts';
import { type Clock, timestamp } from '../../clock.ts';
import { RemediationError } from '../../errors.ts';
import { canonicalJson } from '../format/json.ts';
import type { Ledger } from '../ledger.ts';
import type { WriteOnceFiles } from '../write-once-files.ts';
import type { Contradiction } from './contradiction.ts';

/** Stops of all changes after the ledger contradicted a checkpoint. They are kept as files that nobody can overwrite. */
export interface Halts {
  /**
   * Answers from memory for 30 seconds.
   * @throws RemediationError if the answer is not known: the caller must not start a change then either
   */
  isHalted(): Promise<boolean>;
  /** Stops changes and returns the number of the halt in force, an older one if changes are stopped already. */
  halt(contradictions: readonly Contradiction[]): Promise<number>;
  /**
   * Lets changes go on, and records by whom and why. Undefined if nothing is stopped. A lasting contradiction halts again.
   */
  resume(actor: string, reason: string): Promise<number | undefined>;
  /**
   * The contradictions of the last halt, if a person let changes go on after it: that person has looked at them. Empty while
   * changes are stopped, and when they never were.
   */
  vouchedFor(): Promise<readonly Contradiction[]>;
}

const memoryInMs = 30_000;
const namePattern = /^halts\/(\d{10})-(halted|resumed)\.json$/;

const Halted = z.looseObject({
  contradictions: z.array(
    z.looseObject({
      kind: z.custom<Contradiction['kind']>((kind) => typeof kind === 'string'),
      chain: z.string().exactOptional(),
      at: z.int(),
      hash: z.string().exactOptional(),
    }),
  ),
});

interface Latest {
  readonly number: number;
  readonly isHalted: boolean;
}

export function openHalts(files: WriteOnceFiles, clock: Clock): Halts {
  let remembered: { readonly until: number; readonly latest: Promise<Latest> } | undefined;

  const remember = (): Promise<Latest> => {
    const now = clock.now().getTime();
    if (remembered === undefined || now >= remembered.until) {
      const latest = readLatest(files);
      const entry = { until: now + memoryInMs, latest };
      remembered = entry;
      // A failed reading is not remembered: the next caller reads again.
      latest.catch(() => {
        remembered = remembered === entry ? undefined : remembered;
      });
    }
    return remembered.latest;
  };
  const write = async (number: number, state: 'halted' | 'resumed', content: object): Promise<void> => {
    remembered = undefined;
    // If the file exists, another process was faster and says the same.
    await files.create(nameOf(number, state), canonicalJson({ number, time: timestamp(clock), ...content }));
    remembered = undefined;
  };

  return {
    isHalted: async () => (await remember()).isHalted,
    async halt(contradictions) {
      const latest = await readLatest(files);
      if (latest.isHalted) {
        return latest.number;
      }
      await write(latest.number + 1, 'halted', { contradictions });
      return latest.number + 1;
    },
    async resume(actor, reason) {
      const latest = await readLatest(files);
      if (!latest.isHalted) {
        return undefined;
      }
      await write(latest.number, 'resumed', { actor, reason });
      return latest.number;
    },
    async vouchedFor() {
      const { number, isHalted } = await readLatest(files);
      const text = number === 0 || isHalted ? undefined : await files.read(nameOf(number, 'halted'));
      return text === undefined ? [] : readJsonAs(Halted, text, `halt ${number}`).contradictions;
    },
  };
}

/** @throws RemediationError `changes-halted`, or an error of the reading */
export async function refuseWhileHalted(halts: Halts): Promise<void> {
  if (await halts.isHalted()) {
    throw new RemediationError(
      'changes-halted',
      'Cannot start a change: the ledger contradicts a checkpoint, and a person has to look at it',
    );
  }
}

/** The same ledger, except that it takes no unit that starts a change while changes are stopped. */
export function haltingLedger(ledger: Ledger, halts: Halts): Ledger {
  return {
    ...ledger,
    append: async (unit) => {
      if (unit.entries.some(({ kind }) => kind === 'change-intended')) {
        await refuseWhileHalted(halts);
      }
      return ledger.append(unit);
    },
  };
}

async function readLatest(files: WriteOnceFiles): Promise<Latest> {
  const latest = { number: 0, isHalted: false };
  for await (const name of files.names('halts/')) {
    const [, number, state] = namePattern.exec(name) ?? [];
    if (number !== undefined) {
      latest.number = Number(number);
      latest.isHalted = state === 'halted';
    }
  }
  return latest;
}

function nameOf(number: number, state: 'halted' | 'resumed'): string {
  return `halts/${String(number).padStart(10, '0')}-${state}.json`;
}
