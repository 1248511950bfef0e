import { setTimeout as wait } from 'node:timers/promises';
import type { Cloud } from '../cloud.ts';
import type { Activity, Happening } from './activity.ts';
import type { CaseBook } from './case-book.ts';
import type { Evidence } from './judge.ts';
import { callsSince, hasCard, isAtRest, needsCard, shortcomings } from './judge.ts';
import { clientOf } from './people.ts';
import { rootOf } from './resource-names.ts';
import type { Place, Scene, Stage } from './scene.ts';

/** What the story needs of the world around it. */
export interface Theatre {
  readonly cloud: Cloud;
  readonly activity: Activity;
  readonly book: CaseBook;
  readonly titleOf: (control: string) => string;
  /** Where an account is, or is to be. */
  readonly placeOf: (name: string) => Place;
  /** Lets the app send the cards that are due, instead of at its next time; undefined where it sends none. */
  readonly sendCards: (() => Promise<void>) | undefined;
  readonly onScene: (scene: Scene, number: number) => void;
  readonly onEnd: (result: SceneResult) => void;
  readonly signal: AbortSignal;
}

/** How a scene went. */
export interface SceneResult {
  readonly scene: Scene;
  readonly evidence: Evidence;
  /** From the moment in which Azure accepted the person's write until Azure was in sync again. */
  readonly shutMs: number | undefined;
  /** From the same moment until the last case was verified and closed in the ledger. */
  readonly closedMs: number | undefined;
  /** Deliveries of events beyond the first. */
  readonly repeats: number;
}

const sceneLimitMs = 30_000;
const quietMs = 400;
const breathMs = 500;
const sendAgainMs = 2_000;

/** Plays scene after scene: each ends when everything that it expects is there, has failed or takes too long. */
export async function play(theatre: Theatre, scenes: readonly Scene[]): Promise<readonly SceneResult[]> {
  const prompter = new Prompter(theatre);
  const results: SceneResult[] = [];
  for (const [index, scene] of scenes.entries()) {
    theatre.onScene(scene, index + 1);
    const result = await playScene(theatre, prompter, scene);
    results.push(result);
    theatre.onEnd(result);
    await wait(breathMs, undefined, { signal: theatre.signal });
  }
  return results;
}

async function playScene(theatre: Theatre, prompter: Prompter, scene: Scene): Promise<SceneResult> {
  const { cloud, book, titleOf, sendCards } = theatre;
  const place = theatre.placeOf(scene.account);
  const root = rootOf(place.id);
  const evidence: Evidence = {
    cloud,
    book,
    scene,
    root,
    since: new Date(),
    titleOf,
    sendsCards: sendCards !== undefined,
  };
  const before = cloud.eventGrid.stats().accepted;
  let copies = 1;
  prompter.listenTo(root);
  try {
    await scene.act({
      cloud,
      place,
      client: clientOf(cloud, scene.who, place.subscription),
      deliver: (times) => {
        copies = times;
        cloud.eventGrid.disturb({ copies });
      },
      whenWritten: (act) => prompter.whenWritten(act),
    } satisfies Stage);
    await untilQuiet(evidence, theatre);
    await cloud.eventGrid.idle();
  } finally {
    cloud.eventGrid.disturb({});
    cloud.faults.clear();
  }
  const accepted = cloud.eventGrid.stats().accepted - before;
  return { scene, evidence, ...prompter.times(evidence), repeats: (accepted * (copies - 1)) / copies };
}

/** Waits until a scene is done and Leakstop has made no call for a while; or until it takes too long. */
async function untilQuiet(evidence: Evidence, { signal, sendCards }: Theatre): Promise<void> {
  const end = performance.now() + sceneLimitMs;
  let calls = 0;
  let sentAt = Number.NEGATIVE_INFINITY;
  let quietSince = performance.now();
  while (performance.now() < end) {
    const { reads, writes } = callsSince(evidence);
    if (reads + writes !== calls || !isDone(evidence)) {
      calls = reads + writes;
      quietSince = performance.now();
    } else if (performance.now() - quietSince > quietMs) {
      return;
    }
    if (
      needsCard(evidence) &&
      isAsked(evidence) &&
      !hasCard(evidence) &&
      performance.now() - sentAt > sendAgainMs
    ) {
      sentAt = performance.now();
      await sendCards?.();
    }
    await wait(50, undefined, { signal });
  }
}

/** Whether every question that a scene is to raise is asked. */
function isAsked({ book, scene, root }: Evidence): boolean {
  return (scene.expects.awaiting ?? []).every((control) =>
    book.about(root).some((known) => known.control === control && known.state === 'awaiting-decision'),
  );
}

function isDone(evidence: Evidence): boolean {
  const hasLooked = callsSince(evidence).reads > 0;
  const hasFailed = evidence.book
    .about(evidence.root)
    .some(({ state, openedAt }) => openedAt !== undefined && (state === 'failed' || state === 'stuck'));
  return hasLooked && isAtRest(evidence) && (hasFailed || shortcomings(evidence).length === 0);
}

/** Stands between story and watch: knows when the person wrote and when Leakstop did. */
class Prompter {
  #root = '';
  #cue: (() => void) | undefined;
  #written: Date | undefined;
  #shut: Date | undefined;

  constructor({ cloud, activity }: Theatre) {
    // A cue is due at once: the event of the write is already on its way.
    cloud.azure.arm.onOperation(({ resourceId }) => {
      if (rootOf(resourceId) === this.#root) {
        this.#cue?.();
        this.#cue = undefined;
      }
    });
    activity.onBatch((batch) => batch.forEach((happening) => this.#hear(happening)));
  }

  listenTo(root: string): void {
    this.#root = root;
    this.#cue = undefined;
    this.#written = undefined;
    this.#shut = undefined;
  }

  whenWritten(act: () => void): void {
    this.#cue = act;
  }

  times({ book, root }: Evidence): Pick<SceneResult, 'shutMs' | 'closedMs'> {
    const closings = book
      .about(root)
      .flatMap(({ closedAt }) => (closedAt === undefined ? [] : [closedAt.getTime()]));
    const since = (moment: number | undefined) =>
      moment === undefined || this.#written === undefined ? undefined : moment - this.#written.getTime();
    return {
      shutMs: since(this.#shut?.getTime()),
      closedMs: since(closings.length === 0 ? undefined : Math.max(...closings)),
    };
  }

  #hear(happening: Happening): void {
    if (happening.kind !== 'write' || happening.root !== this.#root) {
      return;
    }
    if (happening.isOwn) {
      this.#shut = happening.time;
    } else {
      this.#written = happening.time;
    }
  }
}
