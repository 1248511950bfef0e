import type { Observer } from '../../contract/observer.ts';
import { caseKey } from '../../ledger/format/keys.ts';
import type { ResourceId } from '../../resource-id.ts';
import { isSameResource, parseResourceId } from '../../resource-id.ts';
import { policySubject } from '../decide/policy-subject.ts';
import type { Case } from '../../case/draft.ts';
import type { Engine } from '../engine.ts';
import { serviceIdentityAccountedFor } from '../../contract/engine-controls.ts';
import type { Judgement } from '../../contract/judgement.ts';
import { isDrift } from '../../contract/judgement.ts';
import { evaluate } from '../look/evaluate.ts';
import { isDue } from '../look/next-look.ts';
import type { ArmResource } from '../../contract/observation.ts';
import { isAsKnown } from '../../case/differences.ts';

/** The calls that a look at a root takes. */
export interface LookCost {
  readonly reads: number;
  readonly lists: number;
}

/** A look may have to be repeated, so each one is counted twice. */
const rootReads = 2;

/**
 * The calls for a look at a root that Resource Graph shows; undefined if no look is needed because everything is in
 * sync, or drifts exactly as a known case says. The body may be minutes old and lack values that Azure holds. Therefore
 * it clears and never accuses: any other content is a reason to read the resource itself.
 */
export function lookFor(
  engine: Pick<Engine, 'remediators' | 'policy'>,
  observer: Observer,
  body: ArmResource,
  at: Date,
  cases: ReadonlyMap<string, Case>,
): LookCost | undefined {
  const root = parseResourceId(body.id);
  const childCases = [...cases.values()].filter(({ data }) => isOnChild(data, root)).length;
  if (observer.wantsAllChildren(body)) {
    return { reads: rootReads, lists: 1 };
  }
  const judge = (isComplete: boolean) =>
    evaluate(engine.remediators, observer, { ...nothingBelow, startedAt: at, root: body, isComplete });
  const isKnown = childCases === 0 && isAllKnown(engine, { root, at, judge }, cases);
  return isKnown ? undefined : { reads: rootReads + childCases, lists: childCases > 0 ? 1 : 0 };
}

/**
 * True if a case concerns a child of the root. Resource Graph shows no children: their cases are looked at separately.
 */
function isOnChild({ resource, control }: Case['data'], root: ResourceId): boolean {
  return control !== serviceIdentityAccountedFor && !isSameResource(resource, root.text);
}

/** A root as Resource Graph shows it. */
interface GraphRoot {
  readonly root: ResourceId;
  readonly at: Date;
  /** Judges the body. `isComplete`: values that Resource Graph leaves out count as absent. */
  readonly judge: (isComplete: boolean) => ReturnType<typeof evaluate>;
}

function isAllKnown(
  engine: Pick<Engine, 'policy'>,
  { root, at, judge }: GraphRoot,
  cases: ReadonlyMap<string, Case>,
): boolean {
  const { judgements, unreadable } = judge(false);
  const unexplained = new Map(
    [...cases].filter(([, { data }]) => data.control !== serviceIdentityAccountedFor),
  );
  for (const judgement of judgements) {
    const key = caseKey(root.key, judgement.resource, judgement.remediator.meta.id);
    const known = cases.get(key);
    const isKnown =
      known === undefined
        ? isWithoutCase(engine, judgement)
        : !isOfOtherPolicy(engine, known) &&
          !isOverdue(known, at) &&
          isAsCaseSays(known, judgement, () => judge(true).judgements);
    if (!isKnown) {
      return false;
    }
    unexplained.delete(key);
  }
  // A case that nothing here explains, such as that of a resource that could not be read, is not known to stand.
  return unreadable.length === 0 && unexplained.size === 0;
}

const nothingBelow = { children: new Map(), hasAllChildren: false, gone: new Set<string>() } as const;

/** True if a judgement would open no case. */
function isWithoutCase(
  { policy }: Pick<Engine, 'policy'>,
  { finding, remediator: { meta }, observation }: Judgement,
): boolean {
  if (finding.kind === 'in-sync' || finding.kind === 'not-applicable') {
    return true;
  }
  const severity = finding.kind === 'drifted' ? finding.severity : undefined;
  return policy.modeOf(policySubject(meta, observation, severity)).mode === 'off';
}

/** True if a case was decided under another policy, or under an unknown one: it may have to be decided anew. */
function isOfOtherPolicy({ policy }: Pick<Engine, 'policy'>, { state, data }: Case): boolean {
  return data.policy === undefined
    ? state === 'held' || state === 'awaiting-decision'
    : data.policy !== policy.name;
}

/** A wake comes within a minute of its time. After this long the wake was lost with its row. */
const lostWakeMs = 10 * 60_000;

/** True if a look at a case was due some time ago. */
function isOverdue(known: Case, at: Date): boolean {
  return isDue(known, new Date(at.getTime() - lostWakeMs));
}

/**
 * True if a case stands as it is. Values that Resource Graph leaves out count as absent here, as they did when the case
 * was judged from the resource itself: whatever Resource Graph hides, no drift opens that is not open already.
 */
function isAsCaseSays(known: Case, judgement: Judgement, complete: () => readonly Judgement[]): boolean {
  const read =
    judgement.finding.kind === 'unknown'
      ? complete().find(({ remediator }) => remediator === judgement.remediator)
      : judgement;
  return (
    known.data.missingSince === undefined &&
    // The message about a decision may be lost.
    !hasUnseenDecision(known) &&
    read !== undefined &&
    isDrift(read) &&
    isAsKnown(known, read)
  );
}

/**
 * True if people decided after the engine last did. Without such decisions, a drift that people left open costs no
 * further look.
 */
function hasUnseenDecision({ data: { decisions = [], hold, asked, failure } }: Case): boolean {
  const last = [hold?.at, asked?.at, failure?.at].reduce<string>(
    (latest, at) => (at !== undefined && at > latest ? at : latest),
    '',
  );
  return decisions.some(({ decision }) => decision.at > last);
}
