import { z } from 'zod';
import { StoredChange } from '../case/change-schema.ts';
import type { Condition } from '../contract/condition.ts';
import { refusalLines } from './refusal-lines.ts';
import { closeWords } from './close.ts';
import { holdWords } from './hold.ts';
import { moment } from './moment.ts';
import { verdictWords } from './verdict.ts';
import { wordFor } from './known-word.ts';

/** What an entry says; nothing of it is taken for granted. */
type Payload = Readonly<Record<string, unknown>>;

/** One entry of a case's story, as the ledger has it. */
export interface StoryEntry {
  readonly sequence: number;
  /** ISO 8601. */
  readonly time: string;
  readonly kind: string;
  readonly actor?: Readonly<Record<string, unknown>> | undefined;
  /** Undefined where the body was erased, or cannot be read. */
  readonly payload?: Payload | undefined;
  /** Result of checking the signature of a decision. Absent where nobody checked. */
  readonly signature?: 'genuine' | 'forged' | 'unknown' | undefined;
}

/** What one entry says, in plain words. */
export interface Told {
  readonly title: string;
  readonly more: readonly string[];
  readonly tone?: 'people' | 'done' | 'trouble';
}

const text = z.string().catch('');

const namesOfActors = ['name', 'upn', 'displayName', 'objectId', 'id', 'appId', 'clientId'] as const;

/** The name that people know somebody by, else the id that Entra does. */
export function actorName(actor: unknown): string {
  const known = z.record(z.string(), z.unknown()).safeParse(actor).data ?? {};
  if (known.kind === 'leakstop') {
    return 'Leakstop';
  }
  const names = namesOfActors.flatMap((each) => (Object.hasOwn(known, each) ? [known[each]] : []));
  return names.find((name): name is string => typeof name === 'string' && name !== '') ?? 'somebody';
}

function labelled(label: string, of: unknown): readonly string[] {
  const said = text.parse(of);
  return said === '' ? [] : [`${label}: ${said}`];
}

/** A text of several lines, each a line of its own. */
function listed(label: string, of: unknown): readonly string[] {
  const said = text.parse(of).split('\n').filter(Boolean);
  return said.length > 1 ? [`${label}:`, ...said] : labelled(label, of);
}

function timed(label: string, of: unknown): readonly string[] {
  const said = text.parse(of);
  return said === '' ? [] : [`${label}: ${moment(said)}`];
}

const askWords: Readonly<Record<string, string>> = {
  ...holdWords,
  undo: 'somebody wants the change taken back',
};

/** `written` is what the change of the entry writes, as far as the story tells. */
type Teller = (payload: Payload, entry: StoryEntry, written: readonly string[]) => Told;

const escalations: Readonly<Record<string, string>> = {
  'past-due': 'it is past due',
  'tug-of-war': 'something re-opens it',
  'not-verifiable': 'it moves faster than it can be verified',
  unanswered: 'nobody answered in time',
};

const tellers: Readonly<Record<string, Teller>> = {
  'case-opened': (payload) => opened(payload),
  'case-observed': (payload) => ({ title: 'Looked at again', more: observed(payload) }),
  'case-reconsidered': ({ askedBy }) =>
    askedBy === undefined
      ? { title: 'Decided anew', more: [] }
      : { title: `${actorName(askedBy)} asked for a look`, more: [], tone: 'people' },
  'case-escalated': (payload) => ({
    title: `Escalated: ${wordFor(escalations, payload.reason)}`,
    more: [...labelled('Owner', payload.owner), ...timed('Due', payload.due)],
    tone: 'trouble',
  }),
  'case-decided': (payload) => ({
    title: payload.decision === 'undo' ? 'An undo was decided' : 'The change was decided',
    more: [
      ...(payload.approval === undefined ? [] : ['People approved it.']),
      ...labelled('Rule', payload.rule),
      ...labelled('Reason', payload.reason),
    ],
  }),
  'case-held': (payload) => ({
    title: `Held: ${wordFor(holdWords, payload.reason)}`,
    more: [
      ...(refusalLines(payload) ?? labelled('Detail', payload.detail)),
      ...listed('What a person can do', payload.guidance),
      ...labelled('Owner', payload.owner),
      ...labelled('Grounds', payload.grounds),
      ...labelled('Rule', payload.rule),
      ...timed('Until', payload.until),
    ],
  }),
  'decision-requested': (payload) => ({
    title: 'People were asked to decide',
    more: [
      ...(payload.because === undefined ? [] : [`Because: ${wordFor(askWords, payload.because)}`]),
      ...timed('The question stands until', payload.expires),
      ...labelled('Rule', payload.rule),
    ],
  }),
  'decision-recorded': (payload, { signature }) => decided(payload, signature),
  'decision-voided': (payload) => ({
    title: 'Decisions no longer count',
    more: voided(payload.decisions),
    tone: 'trouble',
  }),
  'change-intended': (payload, _, written) => ({
    title: 'The change was begun',
    more: [...written, ...labelled('Request', payload.requestId)],
  }),
  'step-applied': () => ({ title: 'One step was made', more: [] }),
  'change-waiting': () => ({ title: 'Waiting for Azure', more: [] }),
  'change-resumed': () => ({ title: 'The change went on', more: [] }),
  'change-withdrawn': (payload) => ({
    title: 'The change was taken back before it had an effect',
    more: labelled('Why', payload.reason),
  }),
  'change-applied': (payload, _, written) => ({
    title:
      payload.answer === 'unknown'
        ? 'The change was sent; what Azure answered is not known'
        : 'Azure took the change',
    more: [...written, ...labelled('Request', payload.requestId), ...alsoWrote(payload, '')],
  }),
  'change-verified': () => ({
    title: 'Read again: the resource is as it should be',
    more: [],
    tone: 'done',
  }),
  'case-stuck': (payload) => ({
    title: 'Stuck: a person has to look',
    more: labelled('Why', payload.message),
    tone: 'trouble',
  }),
  'case-failed': (payload) => ({
    title: 'Failed',
    more: refusalLines(payload) ?? [
      ...labelled('Why', payload.message),
      ...labelled('Missing action', payload.action),
    ],
    tone: 'trouble',
  }),
  'case-closed': (payload) => ({
    title: `Closed: ${wordFor(closeWords, payload.reason)}`,
    more: [
      ...timed('Drift permitted until', payload.exemptUntil),
      ...labelled('Why', payload.message),
      ...alsoWrote(payload, ': the closure may be theirs'),
    ],
    tone: 'done',
  }),
};

function opened(payload: Payload): Told {
  if (payload.undoes !== undefined) {
    const more = [...labelled('Reason', payload.reason), ...timed('Permitted until', payload.until)];
    return { title: 'Somebody wants the change taken back', more };
  }
  return {
    title: payload.failure === undefined ? 'The drift was seen and the case opened' : 'The count was begun',
    more: [
      ...timed('Last seen in sync', payload.lastSeenInSync),
      ...timed('First seen drifted', payload.firstSeenDrifted),
      ...(payload.witnessed === true ? ['It opened while Leakstop watched.'] : []),
      ...(payload.witnessed === false ? ['It was not seen opening.'] : []),
      ...counted(payload),
      ...unexplained(payload),
    ],
  };
}

/** What the breaker counts. */
function counted({ kind, of, failures }: Payload): readonly string[] {
  const words: Readonly<Record<string, string>> = {
    'not-converged': 'A change did not hold',
    undone: 'People took a change back',
  };
  return typeof of !== 'string'
    ? []
    : [
        `${wordFor(words, kind)}: ${of}`,
        ...(typeof failures === 'number' ? [`Counted so far: ${failures}`] : []),
      ];
}

/** A write by our own identity that no intent explains. */
function unexplained({ operation, writer }: Payload): readonly string[] {
  return [
    ...labelled('Operation', operation),
    ...(writer === undefined ? [] : [`Writer: ${actorName(writer)}`]),
  ];
}

/** Who else wrote to the resource while the change was made. */
function alsoWrote(payload: Payload, end: string): readonly string[] {
  const names = otherWritersIn(payload);
  return names.length === 0 ? [] : [`${names.join(', ')} also wrote in between${end}`];
}

/** Names of those who also wrote while a change was made, each once. */
export function otherWritersIn({ otherWriters }: Payload): readonly string[] {
  return Array.isArray(otherWriters) ? [...new Set(otherWriters.map(actorName))] : [];
}

/** Why decisions do not count any more, each reason once. */
function voided(decisions: unknown): readonly string[] {
  const told = z.array(z.object({ because: z.string() })).safeParse(decisions).data ?? [];
  return [...new Set(told.map(({ because }) => because))].map((because) => `Why: ${because}`);
}

function observed(payload: Payload): readonly string[] {
  const { differences, missing, stands, rule, until } = payload;
  return [
    ...counted(payload),
    ...unexplained(payload),
    ...(Array.isArray(differences) ? ['What is different has changed.'] : []),
    ...(missing === true ? ['Azure says that the resource is not there.'] : []),
    ...(missing === false ? ['The resource is there again.'] : []),
    ...(stands === true ? ['Under another policy: it stands as it was decided.'] : []),
    ...timed('News has it tried again at', until),
    ...labelled('Rule', rule),
  ];
}

const Said = z.object({
  verdict: z.string(),
  by: z.object({ name: z.string() }),
  reason: z.string().default(''),
  until: z.string().optional(),
});

const signatureWords: Readonly<Record<string, string>> = {
  genuine: 'genuine: the key of the web app made it',
  forged: 'NOT genuine: the decision counts for nothing',
  unknown: 'could not be checked now',
};

function decided(payload: Payload, signature: StoryEntry['signature']): Told {
  const said = Said.safeParse(payload.decision).data;
  const checked = signature === undefined ? [] : [`Signature: ${wordFor(signatureWords, signature)}`];
  const tone = signature === 'forged' ? 'trouble' : 'people';
  if (said === undefined) {
    return { title: 'Somebody decided', more: checked, tone };
  }
  const untilLabel = said.verdict === 'approve' ? 'Holds until' : 'May stay open until';
  return {
    title: `${said.by.name} ${wordFor(verdictWords, said.verdict)}`,
    more: [...labelled('Reason', said.reason), ...timed(untilLabel, said.until), ...checked],
    tone,
  };
}

/** A story and what each of its entries says. Never throws, whatever an entry holds. */
export function tellAll<T extends StoryEntry>(
  entries: readonly T[],
): readonly (T & { readonly told: Told })[] {
  let written: readonly string[] = [];
  return entries.map((entry) => {
    written = entry.kind === 'change-intended' ? writtenBy(entry.payload?.change) : written;
    return { ...entry, told: tell(entry, written) };
  });
}

function tell(entry: StoryEntry, written: readonly string[]): Told {
  const { kind, payload } = entry;
  if (payload === undefined) {
    return { title: wordFor({}, kind), more: ['What it said was erased, or cannot be read.'] };
  }
  const teller = Object.hasOwn(tellers, kind) ? tellers[kind] : undefined;
  return teller?.(payload, entry, written) ?? { title: wordFor({}, kind), more: [] };
}

/** Each property that a change writes, before and after. */
function writtenBy(change: unknown): readonly string[] {
  const stored = StoredChange.safeParse(change).data;
  return (stored?.steps ?? []).flatMap(({ before, after }) =>
    Object.entries(after).map(([path, condition]) => {
      const was = Object.hasOwn(before, path) ? conditionWords(before[path]) : 'whatever it was';
      return `${path}: ${was} -> ${conditionWords(condition)}`;
    }),
  );
}

function conditionWords(condition: Condition | undefined): string {
  return condition !== undefined && 'is' in condition ? JSON.stringify(condition.is) : 'absent';
}
