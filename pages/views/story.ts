import { z } from 'zod';
import { refusalLines } from '../../shared/case-index/refusal-lines.ts';
import type { Story } from '../../shared/case-index/story.ts';
import type { JsonObject } from '../../shared/engine/remediator.ts';
import type { ReadEntry } from '../../shared/ledger/chain-reader.ts';
import { moment, plural, timeTag } from './format.ts';
import { html, type Html, nothing } from './html.ts';
import { closeWords, holdWords, verdictWords, wordFor } from './words.ts';

/** What one entry says, in plain words. */
interface Told {
  readonly title: string;
  readonly more: readonly string[];
  readonly tone?: 'people' | 'done' | 'trouble';
}

const text = z.string().catch('');

/** Name of whoever acted; `someone` where only an id is known. */
export function actorName(actor: unknown): string {
  const known = z
    .object({ name: z.string().optional(), objectId: z.string().optional(), appId: z.string().optional() })
    .safeParse(actor).data;
  return known?.name ?? known?.objectId ?? known?.appId ?? 'somebody';
}

function labelled(label: string, of: unknown): readonly string[] {
  const said = text.parse(of);
  return said === '' ? [] : [`${label}: ${said}`];
}

function timed(label: string, of: unknown): readonly string[] {
  const said = text.parse(of);
  return said === '' ? [] : [`${label}: ${moment(said)}`];
}

const askWords: Readonly<Record<string, string>> = {
  ...holdWords,
  undo: 'somebody wants the change taken back',
};

type Teller = (payload: JsonObject, entry: ReadEntry) => Told;

const escalations: Readonly<Record<string, string>> = {
  'past-due': 'it is past due',
  'tug-of-war': 'something re-opens it',
  'not-verifiable': 'it moves faster than it can be verified',
  unanswered: 'nobody answered in time',
};

const tellers: Readonly<Record<string, Teller>> = {
  'case-opened': (payload) => ({
    title: 'The drift was seen and the case opened',
    more: [
      ...timed('Last seen in sync', payload.lastSeenInSync),
      ...timed('First seen drifted', payload.firstSeenDrifted),
      payload.witnessed === true ? 'It opened while Leakstop watched.' : 'It was not seen opening.',
    ],
  }),
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
      ...labelled('What a person can do', payload.guidance),
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
  'decision-recorded': (payload) => decided(payload),
  'decision-voided': (payload) => ({
    title: 'Decisions no longer count',
    more: voided(payload.decisions),
    tone: 'trouble',
  }),
  'change-intended': (payload) => ({
    title: 'The change was begun',
    more: labelled('Request', payload.requestId),
  }),
  'step-applied': () => ({ title: 'One step was made', more: [] }),
  'change-waiting': () => ({ title: 'Waiting for Azure', more: [] }),
  'change-resumed': () => ({ title: 'The change went on', more: [] }),
  'change-withdrawn': (payload) => ({
    title: 'The change was taken back before it had an effect',
    more: labelled('Why', payload.reason),
  }),
  'change-applied': () => ({ title: 'Azure took the change', more: [] }),
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
    more: [...timed('Drift permitted until', payload.exemptUntil), ...labelled('Why', payload.message)],
    tone: 'done',
  }),
};

/** Why decisions do not count any more, each reason once. */
function voided(decisions: unknown): readonly string[] {
  const told = z.array(z.object({ because: z.string() })).safeParse(decisions).data ?? [];
  return [...new Set(told.map(({ because }) => because))].map((because) => `Why: ${because}`);
}

function observed({ differences, missing, stands, rule }: JsonObject): readonly string[] {
  return [
    ...(Array.isArray(differences) ? ['What is different has changed.'] : []),
    ...(missing === true ? ['Azure says that the resource is not there.'] : []),
    ...(missing === false ? ['The resource is there again.'] : []),
    ...(stands === true ? ['Under another policy: it stands as it was decided.'] : []),
    ...labelled('Rule', rule),
  ];
}

const Said = z.object({
  verdict: z.string(),
  by: z.object({ name: z.string() }),
  reason: z.string().default(''),
  until: z.string().optional(),
});

function decided(payload: JsonObject): Told {
  const said = Said.safeParse(payload.decision).data;
  if (said === undefined) {
    return { title: 'Somebody decided', more: [], tone: 'people' };
  }
  const untilLabel = said.verdict === 'approve' ? 'Holds until' : 'May stay open until';
  return {
    title: `${said.by.name} ${wordFor(verdictWords, said.verdict)}`,
    more: [...labelled('Reason', said.reason), ...timed(untilLabel, said.until)],
    tone: 'people',
  };
}

/** What an entry says, by itself. */
export function tell(entry: ReadEntry): Told {
  const { kind, body } = entry;
  if (body === undefined) {
    return { title: wordFor({}, kind), more: ['What it said was erased, or cannot be read.'] };
  }
  const teller = Object.hasOwn(tellers, kind) ? tellers[kind] : undefined;
  const payload = body.payload as JsonObject;
  return teller?.(payload, entry) ?? { title: wordFor({}, kind), more: [] };
}

/** The whole life of a case, oldest first. */
export function storyView({ entries, isCut }: Story): Html {
  return html`<section class="card" aria-labelledby="story">
    <h2 id="story">The whole story</h2>
    <p class="soft small">${plural(entries.length, 'entry', 'entries')} of the ledger, oldest first.</p>
    ${isCut ? html`<p class="soft">The case has very many entries: some in the middle are left out here. An export has them all.</p>` : nothing}
    <ol class="story">
      ${entries.map((entry) => storyItem(entry))}
    </ol>
  </section>`;
}

function storyItem(entry: ReadEntry): Html {
  const { title, more, tone } = tell(entry);
  return html`<li class="${tone ?? ''}">
    <span class="when">${timeTag(entry.time)} · entry ${entry.sequence}</span>
    <strong>${title}</strong>
    ${more.map((line) => html`<div class="more">${line}</div>`)}
  </li>`;
}
