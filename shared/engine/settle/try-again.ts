import type { Case } from '../../case/draft.ts';
import { restOver, restWithNews } from '../../case/rests.ts';
import type { HoldReason } from '../../ledger/format/states.ts';
import { isNewsSince, lookAskedSince } from '../look/news.ts';
import type { Matter } from './matter.ts';
import { wakeBy } from './matter.ts';
import { isNewlyDecided, settleDrift } from './settle-drift.ts';

const longestRestMs = 60 * 60_000;

/** Pause before news makes us try a refused change again. */
function restAfter(refusals: number): number {
  return refusals <= 2 ? 0 : Math.min(60_000 * 2 ** (refusals - 2), longestRestMs);
}

/**
 * A refused change is tried again if somebody wrote to the resource since, with longer and longer rests: endless
 * writes to one refused resource must not use up the subscription's budget of changes. Without news it is tried again
 * when the case is due, since not every event of an obstruction reaches us, or when somebody asks for a look.
 */
export function tryAgain(matter: Matter, subject: Case): void {
  const { assessment } = matter;
  const { failure } = subject.data;
  if (failure === undefined) {
    return;
  }
  const look = lookAskedSince(assessment.notes, failure.at);
  const isNews = look !== undefined || isNewsSince(assessment.notes, subject.data.resource, failure.at);
  if (isNewlyDecided(matter, subject, failure.at)) {
    settleDrift(matter, subject);
  } else if (!isGivenUp(subject, isNews)) {
    tryWhenRested(matter, subject, { isNews, isAsked: look?.askedBy !== undefined });
  }
}

/**
 * True if Azure accepted the write and did nothing, and nobody wrote since. The change is not repeated, and a look closes the
 * case if the resource gets in sync.
 */
function isGivenUp({ data: { failure } }: Case, isNews: boolean): boolean {
  return failure?.code === 'not-converged' && !isNews;
}

function tryWhenRested(
  matter: Matter,
  subject: Case,
  { isNews, isAsked }: { readonly isNews: boolean; readonly isAsked: boolean },
): void {
  const { failure, refusals = 1 } = subject.data;
  const due = isNews ? new Date(Date.parse(failure?.at ?? '') + restAfter(refusals)) : restOver(subject);
  if (isAsked || due === undefined || due <= matter.assessment.lookedAt) {
    settleDrift(matter, subject);
  } else {
    restUntil(matter, subject, due);
  }
}

/** Leaves a refused change until a moment, and notes it: at that moment the news that brought it forward is no longer known. */
function restUntil(matter: Matter, subject: Case, due: Date): void {
  const { failure } = subject.data;
  const rested = restOver(subject);
  if (failure !== undefined && (rested === undefined || due < rested)) {
    const until = due.toISOString();
    matter.draft.move(subject, 'case-observed', { until }, { failure: { ...failure, until } });
  }
  wakeBy(matter, due);
}

/** Holds that are tried again when their rest is over, and earlier only for a reason. */
const restingHolds: readonly HoldReason[] = ['locked', 'deny-assignment'];

/**
 * Locks disappear by themselves or with news; every other hold stands until the decision changes. Anyone who may write
 * to the resource, or to locks above it, can make news as often as they like: only a person who asks is always heard at
 * once.
 */
export function reconsiderHold(matter: Matter, subject: Case): void {
  const { notes, lookedAt } = matter.assessment;
  const { hold, resource } = subject.data;
  if (hold === undefined || !isResting(hold, lookedAt)) {
    settleDrift(matter, subject);
    return;
  }
  const look = lookAskedSince(notes, hold.at);
  if (look?.askedBy !== undefined || isNewlyDecided(matter, subject, hold.at)) {
    settleDrift(matter, subject);
  } else if (look !== undefined || isNewsSince(notes, resource, hold.at)) {
    hearNews(matter, subject, hold);
  }
}

type Held = NonNullable<Case['data']['hold']>;

function isResting({ reason, until }: Held, now: Date): boolean {
  return restingHolds.includes(reason) && new Date(until ?? 0) > now;
}

/** Tries the change now, or notes when the news allows it: at that moment the news itself is no longer known. */
function hearNews(matter: Matter, subject: Case, hold: Held): void {
  const { assessment, draft } = matter;
  const due = new Date(Date.parse(hold.at) + restWithNews(hold.hurried ?? 0));
  if (due <= assessment.lookedAt) {
    settleDrift(matter, subject);
  } else if (due < new Date(hold.until ?? 0)) {
    const until = due.toISOString();
    draft.move(subject, 'case-observed', { reason: hold.reason, until }, { hold: { ...hold, until } });
  }
}
