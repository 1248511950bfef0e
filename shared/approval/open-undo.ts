import type { Clock } from '../clock.ts';
import type { Case, Draft } from '../case/draft.ts';
import { defaultsWritten, inverseOf } from '../case/inverse.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Policy } from '../policy/policy.ts';
import type { DecisionRequest } from './decision-service.ts';
import { proposalHash, proposalOf } from '../case/proposal.ts';

/** The undo of a closed case that somebody asks for. */
export interface AskedUndo {
  readonly draft: Draft;
  readonly closed: Case;
  readonly request: DecisionRequest;
  /** The person who asks. */
  readonly actor: JsonObject;
  readonly policy: Pick<Policy, 'limits'>;
  readonly clock: Clock;
}

/**
 * An undo is a case of its own, asked and decided like any other. It takes the place of the drift that it would bring
 * back, and carries the opener of that drift. Drafts its opening and its question.
 */
export function openUndo({ draft, closed, request, actor, policy, clock }: AskedUndo): Case {
  const { reason, until } = request;
  const { root, resource, control, severity, opener, change } = closed.data;
  if (change === undefined || until === undefined) {
    throw new TypeError('An undo needs a change and an end');
  }
  const now = clock.now();
  const owner = typeof actor.name === 'string' ? actor.name : 'unknown';
  const undo = { caseId: closed.caseId, actor, owner, reason, until: until.toISOString() };
  const inverse = inverseOf(change);
  const defaults = defaultsWritten(change);
  const expires = new Date(now.getTime() + policy.limits.decisionMs).toISOString();
  const subject = draft.open(
    {
      root,
      resource,
      control,
      severity,
      witnessed: false,
      firstSeenDrifted: now.toISOString(),
      opener,
      differences: [],
      requestIds: [],
      undo,
    },
    { undoes: undo.caseId, by: actor, owner, reason, until: undo.until, severity },
    clock,
  );
  draft.move(
    subject,
    'decision-requested',
    {
      change: inverse,
      proposal: proposalHash(proposalOf(closed)),
      expires,
      because: 'undo',
      ...(Object.keys(defaults).length === 0 ? {} : { absentBefore: defaults, note: change.undo.note ?? '' }),
    },
    { change: inverse, asked: { at: now.toISOString(), expires, because: 'undo' } },
  );
  return subject;
}
