import { z } from 'zod';
import type { ResourceGraph } from '../../azure/resource-graph.ts';
import { timestamp } from '../../clock.ts';
import { isTransient } from '../../errors.ts';
import type { SweepHold, SweepStore } from '../../work/sweep-store.ts';
import { keepSwept } from '../../work/sweep-run.ts';
import type { Engine } from '../engine.ts';
import { basisOf } from './basis.ts';
import { safeCause } from '../../text/safe-cause.ts';
import type { Coverage } from './coverage.ts';
import { coverageOf } from './coverage.ts';
import { unendedLooks } from './look-queue.ts';
import type { SweepParts } from './sweep-parts.ts';
import { subscriptionsWithTopic } from './topics.ts';

/** The part of the last sweep that the head of the chain `service` keeps. */
const LastSweep = z.object({ run: z.string() });

/** A sweep ends after this time even if the topics are unknown. */
const topicsWithinMs = 30 * 60_000;

/**
 * Records in the ledger what the sweep covered, once: the head remembers the recorded run, in the same transaction. The
 * claim is kept first, so that no other process comes to this point before it runs out.
 */
export async function completeSweep(
  {
    engine,
    graph,
    stuckMessages,
    sweeps,
  }: Pick<SweepParts, 'engine' | 'graph' | 'stuckMessages'> & { sweeps: Pick<SweepStore, 'pending'> },
  hold: SweepHold,
): Promise<void> {
  const { run } = hold;
  const topics = await topicsOf(engine, graph, hold);
  const coverages = await coverageOf(engine, run, topics, await unendedLooks(sweeps, run.run));
  const stuck = await countStuck(engine, stuckMessages);
  await hold.save();
  const { head } = await engine.ledger.readRoot('service', 'service');
  if (LastSweep.safeParse(head.sweep).data?.run !== run.run) {
    await append(engine, hold, coverages, stuck);
  }
  keepSwept(run, coveredBy(coverages), basisOf(engine));
  run.completedAt = timestamp(engine.clock);
  await hold.release();
  log(engine, run.run, coverages);
}

function coveredBy(coverages: readonly Coverage[]): ReadonlySet<string> {
  return new Set(coverages.filter(({ isCovered }) => isCovered).map(({ subscription }) => subscription));
}

/** Number of stuck messages, logged for alert rules; undefined if the number cannot be known. */
async function countStuck(
  { logger }: Engine,
  stuckMessages: SweepParts['stuckMessages'],
): Promise<number | undefined> {
  try {
    const count = await stuckMessages?.();
    if (count !== undefined && count > 0) {
      logger.error('Messages are stuck in a poison queue: no function can take them', {
        // An alert rule asks for this value; the README describes it. Every sweep repeats it while messages are
        // stuck.
        alert: 'leakstop-messages-stuck',
        count,
      });
    }
    return count;
  } catch (error) {
    logger.warning('Nobody knows how many messages are stuck', { reason: safeCause(error).message });
    return undefined;
  }
}

async function append(
  engine: Engine,
  { run }: SweepHold,
  coverages: readonly Coverage[],
  stuckMessages: number | undefined,
): Promise<void> {
  const sweep = { run: run.run, startedAt: run.startedAt, completedAt: timestamp(engine.clock) };
  await engine.ledger.append({
    chain: 'service',
    entries: [
      {
        kind: 'sweep-completed',
        body: {
          actor: { kind: 'leakstop' },
          payload: {
            ...sweep,
            subscriptions: coverages,
            ...(stuckMessages === undefined ? {} : { stuckMessages }),
          },
        },
      },
    ],
    cases: [],
    head: { sweep },
  });
}

/** Undefined when the topics cannot be known. A passing fault is waited for by another try, for a limited time. */
async function topicsOf(
  { clock, logger }: Engine,
  graph: ResourceGraph,
  { run }: SweepHold,
): Promise<ReadonlySet<string> | undefined> {
  try {
    return await subscriptionsWithTopic(graph, clock, Object.keys(run.subscriptions));
  } catch (error) {
    const age = clock.now().getTime() - Date.parse(run.startedAt);
    if (isTransient(error) && age < topicsWithinMs) {
      throw error;
    }
    logger.warning('The sweep cannot tell which subscriptions have a topic', {
      reason: safeCause(error).message,
    });
    return undefined;
  }
}

function log({ logger }: Engine, run: string, coverages: readonly Coverage[]): void {
  for (const { unreadable: _named, failure, ...coverage } of coverages) {
    const { isCovered, hasTopic, unreadableCount } = coverage;
    const isGap = !isCovered || hasTopic === false || unreadableCount > 0;
    logger[isGap ? 'warning' : 'information']('Sweep of a subscription', {
      run,
      ...coverage,
      ...(failure === undefined ? {} : { code: failure.code }),
    });
  }
}
