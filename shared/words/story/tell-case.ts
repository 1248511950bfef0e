import type { PayloadRead } from '../../ledger/format/read-payload.ts';
import { actorText, actorTexts } from '../actor.ts';
import { closeWords } from '../close.ts';
import { stuckText } from '../became.ts';
import { escalationWords } from '../escalation.ts';
import { holdWords } from '../hold.ts';
import { wordFor } from '../known-word.ts';
import { refusalLines } from '../refusal-lines.ts';
import { stateWords } from '../state.ts';
import { labelled, listed, timed, type Told } from './told.ts';

/** The opening of a case: a drift, an undo, a count, or one of the engine's own controls. */
export function tellOpened(payload: PayloadRead<'case-opened'>): Told {
  if ('undoes' in payload) {
    const more = [...labelled('Reason', payload.reason), ...timed('Permitted until', payload.until)];
    return { title: 'Somebody wants the change taken back', more };
  }
  if ('failure' in payload) {
    return { title: 'The count was begun', more: countedLines(payload) };
  }
  const title = 'The drift was seen and the case opened';
  if (!('witnessed' in payload)) {
    return {
      title,
      more: [...timed('First seen drifted', payload.firstSeenDrifted), ...writeLines(payload)],
    };
  }
  return {
    title,
    more: [
      ...timed('Last seen in sync', payload.lastSeenInSync),
      ...timed('First seen drifted', payload.firstSeenDrifted),
      payload.witnessed ? 'It opened while Leakstop watched.' : 'It was not seen opening.',
    ],
  };
}

/** News about an open case; each entry tells one fact. */
export function tellObserved(payload: PayloadRead<'case-observed'>): Told {
  return { title: 'Looked at again', more: observedLines(payload) };
}

function observedLines(payload: PayloadRead<'case-observed'>): readonly string[] {
  if ('differences' in payload) {
    return ['What is different has changed.'];
  }
  if ('opener' in payload) {
    return ['More is known of who opened it.'];
  }
  if ('failure' in payload) {
    return countedLines(payload);
  }
  if ('event' in payload) {
    return writeLines(payload);
  }
  if ('change' in payload) {
    return [payload.change === null ? 'No change is offered any more.' : 'Another change is offered now.'];
  }
  if ('missing' in payload) {
    return [payload.missing ? 'Azure says that the resource is not there.' : 'The resource is there again.'];
  }
  return 'stands' in payload
    ? ['Under another policy: it stands as it was decided.', ...labelled('Rule', payload.rule)]
    : timed('News has it tried again at', payload.until);
}

const failureWords: Readonly<Record<string, string>> = {
  'not-converged': 'A change did not hold',
  undone: 'People took a change back',
};

/** One failure that the breaker counts. */
function countedLines({
  kind,
  of,
  failures,
}: {
  readonly kind: string;
  readonly of: string;
  readonly failures: number;
}): readonly string[] {
  return [`${wordFor(failureWords, kind)}: ${of}`, `Counted so far: ${failures}`];
}

/** A write by our own identity that no intent explains. */
function writeLines({
  operation,
  writer,
}: {
  readonly operation?: string | undefined;
  readonly writer?: object | undefined;
}): readonly string[] {
  return [
    ...labelled('Operation', operation),
    ...(writer === undefined ? [] : [`Writer: ${actorText(writer)}`]),
  ];
}

export function tellReconsidered({ askedBy }: PayloadRead<'case-reconsidered'>): Told {
  return askedBy === undefined
    ? { title: 'Decided anew', more: [] }
    : { title: `${actorText(askedBy)} asked for a look`, more: [], tone: 'people' };
}

export function tellEscalated(payload: PayloadRead<'case-escalated'>): Told {
  const title = `Escalated: ${escalationWords[payload.reason]}`;
  return { title, more: escalationLines(payload), tone: 'trouble' };
}

function escalationLines(payload: PayloadRead<'case-escalated'>): readonly string[] {
  if (payload.reason === 'past-due') {
    return [...labelled('Owner', payload.owner), ...timed('Due', payload.due)];
  }
  return payload.reason === 'tug-of-war' ? warLines(payload) : [];
}

type ToldWar = Extract<PayloadRead<'case-escalated'>, { reason: 'tug-of-war' }>;

/** Who opens a drift again and again, how long it stood open, and measures for people. */
function warLines({ writers, closed, measures = [] }: ToldWar): readonly string[] {
  return [
    ...labelled('Writers', actorTexts(writers).join(', ')),
    ...(closed === undefined
      ? []
      : [
          `Leakstop closed it ${closed.count} ${closed.count === 1 ? 'time' : 'times'} and goes on. It stood open ${shareText(closed)} of the time.`,
          ...timed('Since', closed.since),
        ]),
    ...measures.flatMap(({ measure, command }) => [`${measure}:`, command]),
  ];
}

function shareText({ openMs, overMs }: NonNullable<ToldWar['closed']>): string {
  return overMs <= 0 ? '100 %' : `${Math.min(100, Math.round((100 * openMs) / overMs))} %`;
}

export function tellHeld(payload: PayloadRead<'case-held'>): Told {
  return {
    title: `${stateWords.held}: ${wordFor(holdWords, payload.reason)}`,
    more: [
      ...(refusalLines(payload) ?? labelled('Detail', payload.detail)),
      ...listed('What a person can do', payload.guidance),
      ...labelled('Owner', payload.owner),
      ...labelled('Grounds', payload.grounds),
      ...labelled('Rule', payload.rule),
      ...timed('Until', payload.until),
    ],
  };
}

export function tellStuck({ reason }: PayloadRead<'case-stuck'>): Told {
  return { title: stuckText, more: labelled('Why', reason), tone: 'trouble' };
}

export function tellFailed(payload: PayloadRead<'case-failed'>): Told {
  const more = refusalLines(payload) ?? [
    ...labelled('Why', payload.message),
    ...labelled('Missing action', payload.action),
  ];
  return { title: stateWords.failed, more, tone: 'trouble' };
}

export function tellClosed(payload: PayloadRead<'case-closed'>): Told {
  return {
    title: `${stateWords.closed}: ${wordFor(closeWords, payload.reason)}`,
    more: [
      ...timed('Drift permitted until', payload.exemptUntil),
      ...labelled('Why', payload.message),
      ...labelled('The control does not apply', payload.notApplicable),
      ...(payload.reason === 'fixed-by-others'
        ? ledBy(payload.otherWriters)
        : alsoWrote(payload.otherWriters, ': the closure may be theirs')),
    ],
    tone: 'done',
  };
}

/** Everybody who wrote to a resource before it was found in sync. */
function ledBy(writers: readonly unknown[] | undefined): readonly string[] {
  const names = actorTexts(writers);
  return names.length === 0 ? [] : [`${names.join(', ')} wrote to it since the drift was seen`];
}

/** Other writers to the resource while a change was made. */
export function alsoWrote(writers: readonly unknown[] | undefined, end: string): readonly string[] {
  const names = actorTexts(writers);
  return names.length === 0 ? [] : [`${names.join(', ')} also wrote in between${end}`];
}
