import { z } from 'zod';
import type { ChainReader, ReadEntry } from '../ledger/chain-reader.ts';
import type { JsonObject } from '../contract/json.ts';
import { unlessMalformed } from './tolerant.ts';

const Covered = z.object({
  subscription: z.string(),
  isCovered: z.boolean(),
  failure: z.object({ code: z.string() }).optional(),
  resources: z.record(z.string(), z.number()).default({}),
  unreadableCount: z.number().default(0),
  hasTopic: z.boolean().optional(),
});
export type Covered = z.infer<typeof Covered>;

const Sweep = z.object({
  completedAt: z.string(),
  subscriptions: z.array(Covered),
});
export type Sweep = z.infer<typeof Sweep>;

/** A turn of the kill switch. */
export interface Turn {
  readonly at: string;
  readonly changes: string;
  readonly by: string | undefined;
  readonly reason: string | undefined;
}

/** The facts that the chain `service` holds beside cases. */
export interface ServiceFacts {
  readonly sweep: Sweep | undefined;
  /** Newest first. */
  readonly turns: readonly Turn[];
  readonly policyLoaded: { readonly at: string; readonly policy: string } | undefined;
  readonly policyRefused: { readonly at: string; readonly faults: readonly string[] } | undefined;
  readonly noticeFailed: { readonly at: string } | undefined;
}

const mostTurns = 10;
const windowSize = 500;
const mostWindows = 10;

const serviceChain = 'service';

const text = z.string();
const texts = z.array(z.string());

/** Keeps the newest facts. Takes entries in their order. */
export class ServiceLog {
  #facts: ServiceFacts = {
    sweep: undefined,
    turns: [],
    policyLoaded: undefined,
    policyRefused: undefined,
    noticeFailed: undefined,
  };
  #end: number | undefined;

  get facts(): ServiceFacts {
    return this.#facts;
  }

  /**
   * Reads new entries. The first read goes back from the end until it finds a sweep, within a limit. @throws
   * RemediationError
   */
  async follow(reader: ChainReader): Promise<void> {
    const end = await unlessMalformed(() => reader.end(serviceChain));
    if (end === undefined || end === this.#end) {
      return;
    }
    const isNear = this.#end !== undefined && end > this.#end && end - this.#end <= windowSize * mostWindows;
    const news = isNear ? await collect(reader, (this.#end ?? 0) + 1, end) : await readBack(reader, end);
    this.#end = end;
    news.forEach((entry) => this.#take(entry));
  }

  #take({ kind, time, body }: ReadEntry): void {
    const payload = (body?.payload ?? {}) as JsonObject;
    const news = newsOf[kind]?.(this.#facts, payload, time, body?.actor);
    this.#facts = { ...this.#facts, ...news };
  }
}

type News = (facts: ServiceFacts, payload: JsonObject, at: string, actor: unknown) => Partial<ServiceFacts>;

/** The person who turns the switch records the turn, and so does the worker that sees it: both entries are one turn. */
const turned: News = ({ turns }, payload, at, actor) => {
  const turn = toTurn(at, payload, actor);
  const [last] = turns;
  const isKnown = last?.changes === turn.changes && last.reason === turn.reason;
  return isKnown ? {} : { turns: [turn, ...turns].slice(0, mostTurns) };
};

/** The facts that an entry adds, by its kind. */
const newsOf: Readonly<Record<string, News | undefined>> = {
  'sweep-completed': ({ sweep }, payload) => ({ sweep: Sweep.safeParse(payload).data ?? sweep }),
  'kill-switch-seen': turned,
  'kill-switch-turned': turned,
  'policy-loaded': (_facts, payload, at) => ({
    policyLoaded: { at, policy: text.safeParse(payload.policy).data ?? '' },
    policyRefused: undefined,
  }),
  'policy-refused': (_facts, payload, at) => ({
    policyRefused: { at, faults: texts.safeParse(payload.faults).data ?? [] },
  }),
  'notice-failed': (_facts, _payload, at) => ({ noticeFailed: { at } }),
};

async function readBack(reader: ChainReader, end: number): Promise<ReadEntry[]> {
  const kept: ReadEntry[] = [];
  let to = end;
  for (let window = 0; window < mostWindows && to > 0; window += 1) {
    const from = Math.max(1, to - windowSize + 1);
    const part = await collect(reader, from, to);
    kept.unshift(...part);
    if (part.some(({ kind }) => kind === 'sweep-completed')) {
      break;
    }
    to = from - 1;
  }
  return kept;
}

async function collect(reader: ChainReader, from: number, to: number): Promise<ReadEntry[]> {
  const entries: ReadEntry[] = [];
  for await (const entry of reader.entries(serviceChain, from, to, () => undefined)) {
    entries.push(entry);
  }
  return entries;
}

function toTurn(at: string, payload: JsonObject, actor: unknown): Turn {
  const named = z.object({ name: z.string() }).safeParse(actor).data?.name;
  return {
    at,
    changes: text.safeParse(payload.changes ?? payload.to).data ?? '',
    by: text.safeParse(payload.by).data ?? named,
    reason: text.safeParse(payload.reason).data,
  };
}
