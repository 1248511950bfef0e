import { proposalHash, proposalOf } from '../case/proposal.ts';
import { readCaseData } from '../case/case-data.ts';
import { obstacleOf } from '../case/obstacle.ts';
import { defined } from '../defined.ts';
import type { ReadEntry } from '../ledger/chain-reader.ts';
import type { CaseRow } from '../ledger/ledger.ts';
import { askText } from '../words/hold.ts';
import type { Notice } from '../work/notice-state.ts';
import { alertBody } from './alert.ts';
import { askCard } from './ask-card.ts';
import type { TeamsMessage } from './card-parts.ts';
import { dataAfter } from './collect.ts';
import { caseAlert, undeliveredAlert } from './compose-alert.ts';
import { caseLink, type Composing, subjectOf } from './composing.ts';
import { digestCard } from './digest-card.ts';
import { type FollowUp, followUpCard, followUpsCard, type ToldCase } from './follow-up-card.ts';
import { followUpOf } from './follow-up-of.ts';

/** A message as it is sent, and the cases that it is about. */
export interface Composed {
  readonly body: string;
  readonly cases: readonly string[];
}

/**
 * Composes a message; undefined when nothing is left to tell because no case waits for an answer any more.
 * @throws RemediationError when the ledger cannot be read, or the link cannot be signed
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

/** The cases of a question that still wait for an answer. */
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
    subscription: { id: chain, name: composing.nameOf(chain) },
    link: `${webUrl}/cases?state=awaiting-decision&subscription=${encodeURIComponent(chain)}`,
  });
  return composed(message, cases);
}

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
    ...(asked?.because === undefined ? {} : { because: askText(asked.because) }),
    ...(again === undefined ? {} : { again }),
    isUndo: data.undo !== undefined,
    link: `${webUrl}/decide?token=${token}`,
  });
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

/**
 * Adds the reason of Azure's refusal to a case that is past due because of it: people who are told need to know why.
 */
function withObstacle(
  { open }: Pick<Composing, 'open'>,
  { caseId }: ReadEntry,
  followUp: FollowUp | undefined,
): FollowUp | undefined {
  const row = open.get(caseId ?? '');
  return followUp?.kind === 'escalated' && row !== undefined
    ? { ...followUp, ...defined({ obstacle: obstacleOf({ state: row.state, data: readCaseData(row) }) }) }
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

async function composeAlert(
  composing: Composing,
  sequence: number | undefined,
): Promise<Composed | undefined> {
  const entry = sequence === undefined ? undefined : await entryAt(composing, sequence);
  const data = entry && dataAfter(entry);
  if (data === undefined || entry?.caseId == null) {
    return undefined;
  }
  return { body: alertBody(caseAlert(composing, entry, entry.caseId, data)), cases: [entry.caseId] };
}
