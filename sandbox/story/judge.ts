import { member } from '../arm/arm-body.ts';
import type { Cloud } from '../cloud.ts';
import { ownNames } from './activity.ts';
import type { CaseBook, KnownCase } from './case-book.ts';
import { activeStates } from './case-book.ts';
import type { OpenCase } from './ledger-reader.ts';
import { shortName } from './resource-names.ts';
import type { Scene } from './scene.ts';

/** What is known when a scene is looked at. */
export interface Evidence {
  readonly cloud: Cloud;
  readonly book: CaseBook;
  readonly scene: Scene;
  readonly root: string;
  readonly since: Date;
  /** Title of a control by its id. */
  readonly titleOf: (control: string) => string;
  /** Whether the app sends cards. */
  readonly sendsCards: boolean;
}

/** Calls that Leakstop made for an account since a moment. */
export function callsSince({ cloud, root, since }: Pick<Evidence, 'cloud' | 'root' | 'since'>): {
  readonly reads: number;
  readonly writes: number;
} {
  const calls = ownNames(cloud)
    .flatMap((caller) => cloud.azure.accounting.calls({ caller, path: root }))
    .filter(({ time }) => time >= since);
  const reads = calls.filter(({ method }) => method === 'GET').length;
  return { reads, writes: calls.length - reads };
}

/** Everything in which a scene differs from what it has to be; empty when it has ended well. */
export function shortcomings(evidence: Evidence): readonly string[] {
  const { book, scene, root, titleOf } = evidence;
  const { closed = [], awaiting = [], held = [], isLeftAlone = false } = scene.expects;
  const cases = book.about(root);
  const wrong = [
    ...closed.map((control) => ({ control, state: 'closed' })),
    ...awaiting.map((control) => ({ control, state: 'awaiting-decision' })),
    ...held.map((control) => ({ control, state: 'held' })),
  ].flatMap(({ control, state }) => {
    const known = cases.find((candidate) => candidate.control === control);
    return known?.state === state
      ? []
      : [`${scene.account}: "${titleOf(control)}" ${describe(known, state)}`];
  });
  return [
    ...wrong,
    ...wrongInAzure(evidence),
    ...(isLeftAlone ? wrongWhenLeftAlone(evidence, cases) : []),
    ...(needsCard(evidence) && !hasCard(evidence)
      ? [`${scene.account}: no card about it in the channel`]
      : []),
  ];
}

/** Whether a card has to come of a scene. */
export function needsCard({ scene, sendsCards }: Pick<Evidence, 'scene' | 'sendsCards'>): boolean {
  return sendsCards && scene.expects.isTold === true;
}

/** Whether the channel shows a card about the account, posted since the scene began. */
export function hasCard({ cloud, scene, since }: Pick<Evidence, 'cloud' | 'scene' | 'since'>): boolean {
  return cloud.teams
    .cards()
    .some(({ at, cards }) => at >= since && JSON.stringify(cards).includes(scene.account));
}

/** Whether nothing more can come of a scene: all cases have come to rest. */
export function isAtRest({ book, root }: Pick<Evidence, 'book' | 'root'>): boolean {
  return book.about(root).every(({ state }) => !activeStates.includes(state));
}

/** Open cases that neither wait for people nor are held: Leakstop should have dealt with them by itself. */
export function strays(cases: readonly OpenCase[], titleOf: (control: string) => string): readonly string[] {
  return cases
    .filter(({ state }) => state !== 'held' && state !== 'awaiting-decision')
    .map((known) => `${shortName(known.resource)}: "${titleOf(known.control)}" ${describe(known, 'closed')}`);
}

function describe(known: Pick<KnownCase, 'state' | 'failure'> | undefined, wanted: string): string {
  if (known === undefined) {
    return 'has no case';
  }
  const why = known.failure === undefined ? '' : ` (${known.failure})`;
  return wanted === 'closed' && known.state !== 'closed'
    ? `stays open, ${known.state}${why}`
    : `is ${known.state}${why}`;
}

function wrongInAzure({ cloud, scene, root }: Evidence): readonly string[] {
  return scene.expects.inAzure.flatMap(({ in: below, property, is }) => {
    const actual = member(cloud.azure.arm.state.get(`${root}${below}`), 'properties')[property];
    return actual === is
      ? []
      : [`${shortName(`${root}${below}`)}: ${property} is ${String(actual)} instead of ${String(is)}`];
  });
}

function wrongWhenLeftAlone(evidence: Evidence, cases: readonly KnownCase[]): readonly string[] {
  const { reads, writes } = callsSince(evidence);
  const { account } = evidence.scene;
  return [
    ...(reads === 0 ? [`${account}: nobody looked`] : []),
    ...(writes > 0 ? [`${account}: ${writes} writes where none belong`] : []),
    ...(cases.some(({ openedAt }) => openedAt !== undefined)
      ? [`${account}: a case was opened where nothing opened`]
      : []),
  ];
}
