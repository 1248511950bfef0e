import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { proposalHash, proposalOf } from '../../shared/case/proposal.ts';
import type { Verdict } from '../../shared/case/decision.ts';
import type { CaseView } from '../../shared/case-index/case-index.ts';
import { groupBy } from '../../shared/case-index/figures.ts';
import { dataOf, type IndexedCase } from '../../shared/case-index/indexed-case.ts';
import type { Caller } from '../../shared/entra/caller.ts';
import { chainPattern } from '../../shared/ledger/format/keys.ts';
import { sha256Pattern } from '../../shared/ledger/format/json.ts';
import { controlTitle } from '../../shared/words/control.ts';
import { safeCause } from '../../shared/text/safe-cause.ts';
import { deciders, forRoles } from '../access.ts';
import { answer } from '../answer.ts';
import { filtered, readFilter } from '../filter.ts';
import { type Decided, type Fault, readDecision, type Typed } from '../forms.ts';
import { readForm, signedIn } from '../gate.ts';
import { waitingFor } from '../mine.ts';
import type { Env } from '../env.ts';
import type { PageParts } from '../page-parts.ts';
import { formToken } from '../session.ts';
import { type Filling, unfilled } from '../views/fields.ts';
import {
  type Candidate,
  chooseControl,
  decideMany,
  manyPath,
  type ManyResult,
  manyResults,
} from '../views/decide-many.ts';
import { callerOf } from './cases.ts';

/** Most cases on one page: as many as a person can really examine. */
const mostAtOnce = 25;

const Pick = z.object({
  subscription: z.string().regex(chainPattern),
  caseId: z.string().min(1).max(100),
  proposal: z.string().regex(sha256Pattern),
});
type Pick = z.infer<typeof Pick>;

export function decideManyRoutes(app: Hono<Env>, parts: PageParts): void {
  const gate = signedIn(parts);
  const controls = parts.controls;
  app.get(manyPath, gate, async (context) => {
    const { filter } = readFilter(context.req.query());
    if (filter.control === undefined) {
      const view = await parts.index().then((index) => index.read());
      return answer(context, 200, {
        title: 'Decide many',
        current: manyPath,
        body: chooseControl(groupBy(view, 'control'), controls),
      });
    }
    return show(context, parts, { control: filter.control, subscription: filter.subscription }, unfilled);
  });
  app.post(manyPath, gate, forRoles(deciders), (context) => decideEach(context, parts));
}

interface Which {
  readonly control: string;
  readonly subscription: string | undefined;
  readonly ticked?: ReadonlySet<string>;
}

async function show(
  context: Context<Env>,
  parts: PageParts,
  which: Which,
  filling: Filling,
): Promise<Response> {
  const { control, subscription, ticked } = which;
  const view = await parts.index().then((index) => index.read());
  const { cases, hasMore } = await waitingOf(parts, callerOf(context), view, which);
  const controls = parts.controls;
  const body = decideMany({
    control,
    subscription,
    candidates: cases.slice(0, mostAtOnce).map(candidateOf),
    rest: Math.max(0, cases.length - mostAtOnce) + (hasMore ? 1 : 0),
    controls,
    names: await parts.names(),
    token: formToken(context.get('session'), manyPath),
    offered: offeredTo(callerOf(context)),
    now: parts.clock.now(),
    filling,
    ticked,
  });
  const status = filling.faults.length > 0 ? 400 : 200;
  return answer(context, status, {
    title: `Decide many: ${controlTitle(controls, control)}`,
    current: manyPath,
    body,
  });
}

/** Verdicts that the caller's roles allow. The rules are asked again about each case. */
function offeredTo({ roles }: Caller): readonly Verdict[] {
  return [
    ...(roles.includes('Leakstop.Approver') ? (['approve'] as const) : []),
    ...(roles.includes('Leakstop.RiskOwner') ? (['deny', 'exempt'] as const) : []),
  ];
}

async function waitingOf(parts: PageParts, caller: Caller, view: CaseView, { control, subscription }: Which) {
  const asked = filtered(view, { control, subscription, state: 'awaiting-decision', severity: undefined });
  return waitingFor(await parts.decisions(), caller, asked);
}

function candidateOf(indexed: IndexedCase): Candidate {
  const { caseId, state } = indexed;
  const proposal = proposalOf({ caseId, state, data: dataOf(indexed) });
  return { indexed, proposal, hash: proposalHash(proposal) };
}

/** Records one decision for each ticked case. The decisions are independent: a refused one stops no other. */
async function decideEach(context: Context<Env>, parts: PageParts): Promise<Response> {
  const form = await readForm(context, parts);
  if (form instanceof Response) {
    return form;
  }
  const { typed, lists } = form;
  const { filter } = readFilter({ control: typed.control ?? '', subscription: typed.subscription ?? '' });
  const { control = '', subscription } = filter;
  const picks = lists.getAll('pick').flatMap(readPick).slice(0, mostAtOnce);
  const decided = readEach(typed, picks, parts.clock.now());
  if (decided.kind === 'faulty') {
    const ticked = new Set(picks.map((pick) => `${pick.subscription}/${pick.caseId}`));
    return show(context, parts, { control, subscription, ticked }, { typed, faults: decided.faults });
  }
  const results: ManyResult[] = [];
  for (const pick of picks) {
    results.push(await decidePick(parts, callerOf(context), pick, decided.value));
  }
  (await parts.index()).touch();
  return answer(context, 200, {
    title: 'Decided',
    current: manyPath,
    body: manyResults(results, control, parts.controls),
  });
}

function readPick(text: string): readonly Pick[] {
  const [subscription, caseId, proposal] = text.split('/');
  const pick = Pick.safeParse({ subscription, caseId, proposal });
  return pick.success ? [pick.data] : [];
}

/** The decision about each case. Faults name every field at once. */
function readEach(typed: Typed, picks: readonly Pick[], now: Date): ReturnType<typeof readDecision> {
  const reading = readDecision({ ...typed, proposal: picks[0]?.proposal ?? '0'.repeat(64) }, now);
  const faults: readonly Fault[] = [
    ...(picks.length === 0 ? [{ field: 'pick', message: 'Tick at least one case.' }] : []),
    ...(reading.kind === 'faulty' ? reading.faults : []),
  ];
  return faults.length > 0 ? { kind: 'faulty', faults } : reading;
}

async function decidePick(
  parts: PageParts,
  caller: Caller,
  { subscription, caseId, proposal }: Pick,
  { verdict, reason, until }: Decided,
): Promise<ManyResult> {
  const indexed = (await (await parts.index()).read()).find(subscription, caseId);
  const about = { subscription, caseId, resource: indexed?.resource };
  try {
    const request = {
      subscription,
      caseId,
      proposal,
      verdict,
      reason,
      ...(until === undefined ? {} : { until }),
    };
    return { ...about, result: await (await parts.decisions()).decide(request, caller) };
  } catch (error) {
    parts.logger.error('A decision could not be recorded', { caseId, reason: safeCause(error).message });
    return {
      ...about,
      result: { kind: 'failed', message: 'The ledger or the vault cannot be reached: decide it again.' },
    };
  }
}
