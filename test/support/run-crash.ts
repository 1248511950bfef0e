import { takeBaseline } from '../../shared/engine/run/take-baseline.ts';
import type { Settings } from '../../shared/settings.ts';
import { readSettings } from '../../shared/settings.ts';
import { whatIsWrong } from './closed-once.ts';
import type { CrashScenarioName } from './crash-scenarios.ts';
import { crashScenarios } from './crash-scenarios.ts';
import type { CrashWorldOptions } from './crash-world.ts';
import { CrashWorld } from './crash-world.ts';
import { newSubscription } from './estate.ts';
import type { KillPoint, PointKind } from './kill-points.ts';
import { moments } from './kill-points.ts';
import type { RawEntry } from './scenario.ts';
import { armCalls, entriesOf } from './scenario.ts';
import type { TestBed } from './test-bed.ts';
import { startTestBed } from './test-bed.ts';

/** A sandbox in which workers are killed. */
export interface CrashBed {
  readonly bed: TestBed;
  readonly settings: Settings;
  /** The world of the run in hand, to which echoes go. */
  world: CrashWorld | undefined;
}

/** One run of a scenario, killed or not. */
export interface CrashRun {
  readonly problems: readonly string[];
  /** Names of the points that the first process passed. */
  readonly points: readonly string[];
  /** Kinds of the entries since the baseline, in order. */
  readonly kinds: readonly string[];
  /** Simulated milliseconds from the drift to its last closure; undefined where nothing closes. */
  readonly closedAfterMs: number | undefined;
}

/** `hasShortTokens` lets clients take each token for one that is about to end, so that they ask for one all the time. */
export async function startCrashBed({ hasShortTokens = false } = {}): Promise<CrashBed> {
  const bed = await startTestBed();
  if (hasShortTokens) {
    const mint = bed.azure.issuer.mint.bind(bed.azure.issuer);
    bed.azure.issuer.mint = async (...request) => ({
      ...(await mint(...request)),
      expiresOn: Math.floor(Date.now() / 1_000) + 1,
    });
  }
  const crash: CrashBed = {
    bed,
    settings: readSettings(bed.deployment.settings('worker')),
    world: undefined,
  };
  bed.azure.arm.onOperation(({ resourceId, clientRequestId }) =>
    crash.world?.echo(resourceId, clientRequestId),
  );
  return crash;
}

export interface CrashOptions extends Pick<CrashWorldOptions, 'kills' | 'surroundings' | 'aside'> {
  /** Most writes to Azure that there may be; when absent, as many as the kill makes necessary. */
  readonly mostWrites?: number;
  /** Whether Azure may have refused a write for now, so that the change is withdrawn and decided anew. */
  readonly mayWithdraw?: boolean;
  /** Wraps the part of the run in which the scenario plays. */
  readonly during?: (play: () => Promise<void>) => Promise<void>;
}

/** Plays a scenario in a subscription of its own, and judges how it ended. */
export async function runCrash(
  crash: CrashBed,
  name: CrashScenarioName,
  { during = (play) => play(), ...options }: CrashOptions = {},
): Promise<CrashRun> {
  const { bed, settings } = crash;
  const subscription = newSubscription();
  const scenario = crashScenarios[name](subscription);
  bed.guard(subscription);
  scenario.before.forEach((body) => bed.azure.arm.state.load(body));
  if (scenario.drift !== undefined) {
    await takeBaseline(await bed.newEngine(), bed.queue, subscription);
    bed.azure.arm.state.load(scenario.drift);
  }
  bed.azure.accounting.reset();
  const world = new CrashWorld({ ...options, bed, settings, subscription, scenario });
  crash.world = world;
  await during(() => world.run());
  const entries = await entriesOf(bed, subscription);
  return {
    problems: [
      ...world.problems,
      ...(await whatIsWrong(bed, subscription, scenario, options)),
      ...wrongWrites(bed, subscription, world, scenario.writes, options),
    ],
    points: world.lives[0]?.names ?? [],
    kinds: entries.map(({ kind }) => kind).filter((kind) => kind !== 'baseline-completed'),
    closedAfterMs: closedAfter(entries, world),
  };
}

/** A write may be made once more where nobody could know of the first one, and then under the id of its intent. */
function wrongWrites(
  bed: TestBed,
  subscription: string,
  world: CrashWorld,
  expected: number,
  { kills = [], mostWrites, mayWithdraw = false }: CrashOptions,
): string[] {
  const isRepeated = isWriteLate(world, kills[0]) || kills.length > 1;
  const most = mostWrites ?? expected + (isRepeated ? 1 : 0);
  const { writes } = armCalls(bed, subscription);
  return [
    ...(writes < expected || writes > most ? [`${writes} writes to Azure`] : []),
    ...(!mayWithdraw && new Set(world.writes).size > 1 ? ['a write was repeated under another id'] : []),
  ];
}

/** Only a write that was still on its way when others found the resource as before is made twice. */
function isWriteLate(world: CrashWorld, kill: KillPoint | undefined): boolean {
  return kill?.moment === 'late' && world.lives[0]?.names.at(-1)?.startsWith('PATCH') === true;
}

function closedAfter(entries: readonly RawEntry[], { startedAt }: CrashWorld): number | undefined {
  const last = entries.findLast(({ kind }) => kind === 'case-closed');
  return last === undefined ? undefined : Date.parse(last.time) - startedAt;
}

/** Every kill of one process in a run that nobody disturbs. */
export async function killsOf(
  crash: CrashBed,
  name: CrashScenarioName,
  kind: PointKind,
): Promise<readonly (KillPoint & { readonly name: string })[]> {
  // A kill that never comes makes the run count points of its kind.
  const undisturbed = await runCrash(crash, name, {
    kills: [{ kind, number: Number.POSITIVE_INFINITY, moment: 'before' }],
  });
  if (undisturbed.problems.length > 0) {
    throw new Error(`Undisturbed, "${name}" goes wrong: ${undisturbed.problems.join('; ')}`);
  }
  return undisturbed.points.flatMap((point, index) =>
    moments
      .filter((moment) => kind === 'request' || moment !== 'late')
      .map((moment) => ({ kind, number: index + 1, moment, name: point })),
  );
}
