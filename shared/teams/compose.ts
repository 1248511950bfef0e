import type { LinkSigner } from '../approval/link-token.ts';
import { proposalHash, proposalOf } from '../case/proposal.ts';
import type { Verdict } from '../case/decision.ts';
import type { Clock } from '../clock.ts';
import { otherWritersIn } from '../words/tell-story.ts';
import { type CaseData, readCaseData } from '../case/case-data.ts';
import type { Obstacle } from '../case/obstacle.ts';
import { obstacleOf } from '../case/obstacle.ts';
import type { JsonObject } from '../contract/json.ts';
import type { ChainReader, ReadEntry } from '../ledger/chain-reader.ts';
import type { CaseRow } from '../ledger/ledger.ts';
import type { Policy } from '../policy/policy.ts';
import type { Notice } from '../work/notice-state.ts';
import { type Alert, alertBody } from './alert.ts';
import { askCard } from './ask-card.ts';
import type { TeamsMessage } from './card-parts.ts';
import type { CardSubject } from './case-words.ts';
import { dataAfter } from './collect.ts';
import { digestCard } from './digest-card.ts';
import { type FollowUp, followUpCard, followUpsCard, headingOf, type ToldCase } from './follow-up-card.ts';

/** What messages are made of. */
export interface Composing {
  readonly chain: string;
  readonly reader: Pick<ChainReader, 'entries'>;
  /** Open cases of the chain as they are now, by the id of the case. */
  readonly open: ReadonlyMap<string, CaseRow>;
  readonly policy: Pick<Policy, 'approversOf'>;
  readonly titleOf: (control: string) => string | undefined;
  readonly signer: LinkSigner;
  /** Origin of the web app, without a slash at its end. */
  readonly webUrl: string;
  readonly clock: Clock;
}

/** A message as it goes out, and the cases that it is about. */
export interface Composed {
  readonly body: string;
  readonly cases: readonly string[];
}

/**
 * The text of a message; undefined when there is nothing left to tell: nobody waits for an answer any more.
 * @throws RemediationError when the ledger cannot be read, or the link not be signed
 */
export async function compose(composing: Composing, notice: Notice): Promise<Composed | undefined> {
  switch (notice.about) {
    case 'ask':
    case 'digest':
      return composeQuestion(composing, notice);
    case 'follow-up':
      return composeFollowUp(composing, notice.entries ?? []);
    case 'alert':
      return composeAlert(composing, notice.entries?.[0]);
    case 'undelivered':
      return { body: alertBody(undeliveredAlert(composing, notice)), cases: [] };
  }
}

/** Those of the cases of a question that still wait for an answer. */
export function stillWaiting({ open }: Pick<Composing, 'open'>, { waiting }: Notice): readonly CaseRow[] {
  const rows =
    waiting?.all === true
      ? [...open.values()]
      : (waiting?.cases ?? []).flatMap((caseId) => open.get(caseId) ?? []);
  return rows.filter(({ state }) => state === 'awaiting-decision');
}

async function composeQuestion(composing: Composing, notice: Notice): Promise<Composed | undefined> {
  const rows = stillWaiting(composing, notice);
  const [first, ...others] = rows;
  if (first === undefined) {
    return undefined;
  }
  const cases = rows.map(({ caseId }) => caseId);
  if (others.length === 0) {
    return composed(await askAbout(composing, first, notice.again), cases);
  }
  const { chain, webUrl } = composing;
  const message = digestCard({
    kind: notice.digest ?? 'storm',
    subjects: rows.map((row) => subjectOf(composing, readCaseData(row))),
    subscription: chain,
    link: `${webUrl}/cases?state=awaiting-decision&subscription=${encodeURIComponent(chain)}`,
  });
  return composed(message, cases);
}

/** Why people are asked, where it is not the policy alone. */
const because: Readonly<Record<string, string>> = {
  unwitnessed: 'Nobody saw it being opened: it may have stood open for long, and something may rely on it',
  undo: 'Somebody asked to take back a change',
};

async function askAbout(composing: Composing, row: CaseRow, again: Notice['again']): Promise<TeamsMessage> {
  const { chain, signer, policy, webUrl, clock } = composing;
  const data = readCaseData(row);
  const proposal = proposalOf({ ...row, data });
  const { asked } = data;
  const expires = asked?.expires ?? new Date(clock.now().getTime() + 24 * 60 * 60_000).toISOString();
  const token = await signer.sign({
    caseId: row.caseId,
    subscription: chain,
    proposal: proposalHash(proposal),
    expires: new Date(expires),
  });
  return askCard({
    subject: subjectOf(composing, data),
    proposal,
    approvers: policy.approversOf(data.resource).map(({ label }) => label),
    expires,
    ...(asked?.because === undefined ? {} : { because: because[asked.because] ?? asked.because }),
    ...(again === undefined ? {} : { again }),
    isUndo: data.undo !== undefined,
    link: `${webUrl}/decide?token=${token}`,
  });
}

function subjectOf({ titleOf }: Pick<Composing, 'titleOf'>, data: CaseData): CardSubject {
  return { title: titleOf(data.control) ?? data.control, data };
}

async function composeFollowUp(
  composing: Composing,
  sequences: readonly number[],
): Promise<Composed | undefined> {
  const told: (ToldCase & { readonly caseId: string })[] = [];
  for (const sequence of sequences) {
    const entry = await entryAt(composing, sequence);
    const data = entry && dataAfter(entry);
    const followUp = entry && data && withObstacle(composing, entry, followUpOf(entry, data));
    if (data !== undefined && followUp !== undefined && entry?.caseId != null) {
      told.push({ subject: subjectOf(composing, data), followUp, caseId: entry.caseId });
    }
  }
  const [first, ...others] = told;
  if (first === undefined) {
    return undefined;
  }
  const { chain, webUrl } = composing;
  const message =
    others.length === 0
      ? followUpCard({ ...first, link: caseLink(composing, first.caseId) })
      : followUpsCard({ told, link: `${webUrl}/cases?subscription=${encodeURIComponent(chain)}` });
  return composed(message, [...new Set(told.map(({ caseId }) => caseId))]);
}

/** What is past due because Azure refuses the change: whoever is told of it needs to know why. */
function withObstacle(
  { open }: Pick<Composing, 'open'>,
  { caseId }: ReadEntry,
  followUp: FollowUp | undefined,
): FollowUp | undefined {
  const row = open.get(caseId ?? '');
  return followUp?.kind === 'escalated' && row !== undefined
    ? { ...followUp, ...obstacleMember(obstacleOf({ state: row.state, data: readCaseData(row) })) }
    : followUp;
}

function composed(message: TeamsMessage, cases: readonly string[]): Composed {
  return { body: JSON.stringify(message), cases };
}

async function entryAt({ reader, chain }: Composing, sequence: number): Promise<ReadEntry | undefined> {
  for await (const entry of reader.entries(chain, sequence, sequence, () => undefined)) {
    return entry;
  }
  return undefined;
}

function caseLink({ webUrl, chain }: Pick<Composing, 'webUrl' | 'chain'>, caseId: string): string {
  return `${webUrl}/cases/${encodeURIComponent(chain)}/${encodeURIComponent(caseId)}`;
}

type Become = (payload: JsonObject, data: CaseData) => FollowUp | undefined;

/** What an entry says became of its case, by its kind. */
const become: Readonly<Record<string, Become>> = {
  'decision-recorded': decidedOf,
  'decision-voided': (payload) => ({ kind: 'voided', why: voidedWhy(payload) }),
  'case-closed': (payload, { closed }) => ({
    kind: 'closed',
    reason: closed,
    otherWriters: otherWritersIn(payload),
  }),
  'case-held': (_payload, data) => {
    const obstacle = obstacleOf({ state: 'held', data });
    return obstacle && { kind: 'held', obstacle };
  },
  'case-failed': (_payload, data) => ({
    kind: 'failed',
    message: data.failure?.message,
    ...obstacleMember(obstacleOf({ state: 'failed', data })),
  }),
  'case-stuck': ({ message }, { failure }) => ({
    kind: 'stuck',
    message: textOf(message) ?? failure?.message,
  }),
  'case-escalated': ({ reason, owner, due }, data) => ({
    kind: 'escalated',
    reason: data.escalated?.find((known) => known === reason),
    owner: textOf(owner) ?? data.due?.owner,
    due: textOf(due) ?? data.due?.at,
  }),
};

function followUpOf({ kind, body }: ReadEntry, data: CaseData): FollowUp | undefined {
  return become[kind]?.(body?.payload ?? {}, data);
}

function obstacleMember(obstacle: Obstacle | undefined): { readonly obstacle?: Obstacle } {
  return obstacle === undefined ? {} : { obstacle };
}

const voidWords: Readonly<Record<string, string>> = {
  expired: 'It was not carried out in time',
  changed: 'What would change is no longer what was decided about',
  'another-case': 'It was about another case',
  'not-allowed': 'Whoever gave it may not decide about this resource',
  'not-signed': 'The web app did not sign it: nobody vouches for it',
};

function voidedWhy({ decisions }: JsonObject): string | undefined {
  const reasons = (Array.isArray(decisions) ? (decisions as readonly unknown[]) : []).flatMap(
    (each) => textOf((each as { because?: unknown } | null)?.because) ?? [],
  );
  return [...new Set(reasons)].map((reason) => voidWords[reason] ?? reason).join('; ') || undefined;
}

/** The decision that was recorded last: its entry and the case's row say the same. */
function decidedOf(_payload: JsonObject, { decisions = [] }: CaseData): FollowUp | undefined {
  const last = decisions.at(-1)?.decision;
  if (last === undefined) {
    return undefined;
  }
  const verdict: Verdict = last.verdict;
  const same = decisions.filter(
    ({ decision }) => decision.verdict === verdict && decision.proposal === last.proposal,
  );
  return {
    kind: 'decided',
    verdict,
    by: last.by.name,
    reason: last.reason,
    until: verdict === 'approve' ? undefined : last.until,
    given: new Set(same.map(({ decision }) => decision.by.objectId)).size,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

async function composeAlert(
  composing: Composing,
  sequence: number | undefined,
): Promise<Composed | undefined> {
  const entry = sequence === undefined ? undefined : await entryAt(composing, sequence);
  const data = entry && dataAfter(entry);
  if (data === undefined || entry?.caseId == null) {
    return undefined;
  }
  return { body: alertBody(alertOf(composing, entry, entry.caseId, data)), cases: [entry.caseId] };
}

function alertOf(composing: Composing, entry: ReadEntry, caseId: string, data: CaseData): Alert {
  const followUp = followUpOf(entry, data);
  const title = composing.titleOf(data.control) ?? data.control;
  return {
    id: `leakstop/${composing.chain}/${caseId}`,
    rule: `Leakstop: ${data.control}`,
    severity: data.severity,
    ...conditionOf(entry, data),
    targets: [data.resource],
    description: `${followUp === undefined ? 'Escalated' : headingOf(followUp)[0]}. Wanted: ${title}`,
    context: {
      case: caseId,
      control: data.control,
      reason: textOf(entry.body?.payload.reason) ?? null,
      escalated: data.escalated ?? [],
      owner: data.due?.owner ?? null,
      due: data.due?.at ?? null,
      link: caseLink(composing, caseId),
    },
  };
}

function conditionOf(
  { kind, time }: ReadEntry,
  { firstSeenDrifted }: CaseData,
): Pick<Alert, 'condition' | 'firedAt' | 'resolvedAt'> {
  return kind === 'case-closed'
    ? { condition: 'Resolved', firedAt: firstSeenDrifted, resolvedAt: time }
    : { condition: 'Fired', firedAt: time };
}

function undeliveredAlert(
  { chain, webUrl, clock }: Composing,
  { since, condition = 'Fired' }: Notice,
): Alert {
  return {
    id: `leakstop/${chain}/teams`,
    rule: 'Leakstop: messages to Teams',
    severity: 'high',
    condition,
    firedAt: since,
    ...(condition === 'Resolved' ? { resolvedAt: clock.now().toISOString() } : {}),
    targets: [`/subscriptions/${chain}`],
    description:
      condition === 'Resolved'
        ? 'Teams takes messages again'
        : 'Teams takes no messages: people are not asked about open leaks there',
    context: {
      case: null,
      control: null,
      reason: 'undelivered',
      owner: null,
      due: null,
      link: `${webUrl}/cases?state=awaiting-decision&subscription=${encodeURIComponent(chain)}`,
    },
  };
}
