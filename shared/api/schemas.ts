import { z } from 'zod';
import { verdicts } from '../case/decision.ts';
import { longestReason, reasonFault, tidyReason } from '../approval/people-texts.ts';
import { longestLeaveDays } from '../approval/rules.ts';
import { chainPattern } from '../ledger/format/keys.ts';
import { caseStates, closeReasons, holdReasons } from '../ledger/format/states.ts';

/**
 * Schemas of requests and answers, for the API and its callers. Requests are strict. A caller reads the members of an
 * answer that it knows, so a newer service can add members.
 */

const time = z.iso.datetime({ offset: true }).meta({ description: 'ISO 8601, with its zone' });
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const severities = ['low', 'medium', 'high', 'critical'] as const;
export const chainName = z
  .string()
  .toLowerCase()
  .regex(chainPattern, 'expected the id of a subscription, tenant or service')
  .meta({ description: 'The chain that tells of it: id of a subscription, `tenant` or `service`' });
export const caseId = z
  .string()
  .regex(/^[\w.-]{1,100}$/)
  .meta({ description: 'Id of the case' });

const reason = z
  .string()
  .overwrite(tidyReason)
  .max(longestReason)
  .superRefine((text, context) => {
    const message = reasonFault(text);
    if (message !== undefined) {
      context.addIssue({ code: 'custom', message: `it ${message}` });
    }
  });

const decisionFields = {
  proposal: hash.meta({
    description: 'Hash of the proposal that was shown: the decision holds for it alone',
  }),
  verdict: z.enum(verdicts),
  reason: reason.optional().meta({ description: 'Why, for the ledger; only an approval does without' }),
  until: time.optional().meta({
    description: `Until when the drift may stay open, ${longestLeaveDays} days at most: of everything but an approval`,
  }),
};

interface Asked {
  readonly verdict: (typeof verdicts)[number];
  readonly reason?: string | undefined;
  readonly until?: string | undefined;
}

/** An approval has no end. Any other decision leaves the leak open, so it needs an end and a reason. */
function isComplete({ verdict, reason: why, until }: Asked, context: z.RefinementCtx): void {
  const issue = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  if (verdict === 'approve') {
    if (until !== undefined) {
      issue('until', 'expected none: an approval has no end');
    }
    return;
  }
  if (why === undefined || why === '') {
    issue('reason', `expected why: "${verdict}" leaves the leak open`);
  }
  if (until === undefined) {
    issue('until', `expected an end: "${verdict}" leaves the leak open for a time only`);
  }
}

export const DecisionBody = z.strictObject(decisionFields).superRefine(isComplete).meta({ id: 'Decision' });
export type DecisionBody = z.infer<typeof DecisionBody>;

export const mostDecisions = 100;
export const DecisionsBody = z
  .strictObject({
    decisions: z
      .array(
        z.strictObject({ subscription: chainName, case: caseId, ...decisionFields }).superRefine(isComplete),
      )
      .min(1)
      .max(mostDecisions),
  })
  .meta({ id: 'Decisions' });

export const LookBody = z
  .strictObject({
    resource: z.string().min(1).max(2_048).meta({
      description: 'Id of a guarded resource, or of a part of one: a storage account, a blob container',
    }),
  })
  .meta({ id: 'Look' });

export const LookAnswer = z
  .object({ root: z.string().meta({ description: 'Id of the resource that is read' }) })
  .meta({ id: 'LookAnswer' });

export const Recorded = z
  .object({
    given: z.int().meta({ description: 'How many people have said so' }),
    needed: z.int().meta({ description: 'How many it takes' }),
  })
  .meta({ id: 'Recorded' });

const GivenDecision = z.object({ verdict: z.enum(verdicts), by: z.string(), at: z.string() });

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What is wrong, where, and what is expected' }),
    code: z.string().meta({ description: 'The same as in `type`, for programs' }),
    errors: z
      .array(z.object({ place: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Each fault of the request with its place' }),
    current: z.string().optional().meta({ description: 'With `changed`: hash of what stands now' }),
    decided: GivenDecision.optional().meta({ description: 'With `decided`: what was decided before' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });
export type Problem = z.infer<typeof Problem>;

export const DecisionsAnswer = z
  .object({
    results: z.array(
      z.object({
        subscription: z.string(),
        case: z.string(),
        recorded: Recorded.optional(),
        problem: Problem.optional(),
      }),
    ),
  })
  .meta({ id: 'DecisionsAnswer', description: 'One answer for each decision, in their order' });

/**
 * Any JSON value, as it came. A schema that names itself cannot be described, and a parsed record lacks a member named
 * `__proto__`, so the schema does not look inside.
 */
const anything = z.unknown().refine((value) => value !== undefined, 'expected a value');
const Condition = z.union([z.looseObject({ is: anything }), z.looseObject({ absent: z.literal(true) })]);
const conditions = z.record(z.string(), Condition);

/**
 * All that the proposal's hash covers beside case, resource and control. The schema is loose, so that no member is left
 * out.
 */
const Proposal = z.object({
  steps: z.array(
    z.looseObject({ kind: z.string(), target: z.string(), before: conditions, after: conditions }),
  ),
  impact: z.string(),
  undo: z
    .looseObject({
      kind: z.string(),
      note: z.string().optional(),
      values: anything
        .optional()
        .meta({ description: 'What undo writes where a property was absent before, by its path' }),
    })
    .optional(),
  differences: z.array(z.object({ path: z.string(), actual: anything.optional(), desired: anything })),
});

const Actor = z.record(z.string(), anything);

const caseFields = {
  subscription: z.string().meta({ description: 'The chain that tells of it' }),
  subscriptionName: z.string().optional().meta({
    description:
      'Display name of the subscription, where it is known. Its owner writes it: it proves nothing',
  }),
  case: z.string(),
  state: z.enum(caseStates),
  severity: z.enum(severities),
  exposure: z.enum(['real', 'latent']).optional(),
  control: z.string(),
  title: z.string().meta({ description: 'What the control wants, as one sentence' }),
  heading: z
    .string()
    .optional()
    .meta({ description: 'What is wrong, as one sentence that begins with the resource' }),
  resource: z.string(),
  witnessed: z.boolean().meta({ description: 'Whether the drift opened while Leakstop watched' }),
  lastSeenInSync: z.string().optional(),
  firstSeenDrifted: z.string(),
  opener: z
    .object({ grade: z.enum(['proven', 'candidates', 'unknown']), actors: z.array(Actor) })
    .meta({ description: 'Who opened it: the one who did, those of whom one may have, or nobody known' }),
  hold: z.object({ reason: z.enum(holdReasons), until: z.string().optional() }).optional(),
  failure: z
    .object({ code: z.string(), message: z.string(), action: z.string().optional(), at: z.string() })
    .optional(),
  closed: z.enum(closeReasons).optional(),
  closedAt: z.string().optional(),
  owner: z.string().optional(),
  due: z.string().optional(),
  obstacle: z
    .object({
      what: z
        .string()
        .meta({ description: 'What stands in the way: a lock, an assignment, a missing action' }),
      mend: z.string().meta({ description: 'What ends it' }),
      sooner: z.string().meta({ description: 'Completes "looked at again at once when ..."' }),
      until: z.string().optional().meta({ description: 'When it is looked at again though nothing happens' }),
    })
    .optional()
    .meta({ description: 'Of a change that Azure refused, where its answer names why' }),
  undoes: z.string().optional().meta({ description: 'Of an undo: the case that is taken back' }),
};

export const CaseSummary = z.object(caseFields).meta({ id: 'CaseSummary' });
export type CaseSummary = z.infer<typeof CaseSummary>;

const StoryEntry = z.object({
  sequence: z.int(),
  time: z.string(),
  kind: z.string(),
  actor: Actor.optional(),
  payload: z
    .record(z.string(), anything)
    .optional()
    .meta({ description: 'Absent where it was erased, or cannot be read' }),
  signature: z
    .enum(['genuine', 'forged', 'unknown'])
    .optional()
    .meta({ description: 'Of a decision: what checking its signature came to' }),
});

export const CaseDetail = z
  .object({
    ...caseFields,
    rationale: z.string().optional().meta({ description: 'Why the control matters' }),
    hash: z.string().meta({ description: 'Names the proposal; a decision carries it' }),
    proposal: Proposal.meta({
      description:
        'What is decided about. With `case` (of an undo `undoes`), `resource` and `control` it is all that `hash` covers',
    }),
    options: z.object({
      allowed: z.array(z.enum(verdicts)).meta({ description: 'What the caller may decide' }),
      why: z.partialRecord(z.enum(verdicts), z.string()).meta({ description: 'Why not, for the others' }),
      given: z.array(GivenDecision),
      needed: z.partialRecord(z.enum(verdicts), z.int()),
    }),
    story: z
      .object({
        entries: z.array(StoryEntry),
        isCut: z.boolean().meta({ description: 'Whether entries in the middle were left out' }),
        unreadable: z.int().meta({ description: 'Rows that are no entries and may belong to it' }),
      })
      .meta({ description: 'What the ledger says of the case, oldest first' }),
  })
  .meta({ id: 'CaseDetail' });
export type CaseDetail = z.infer<typeof CaseDetail>;

const mostValues = 50;

/** A filter that may be given several times: a case is shown if it fits one of the values. */
function anyOf<T extends z.ZodType>(value: T) {
  const list = z.array(value).min(1).max(mostValues);
  return z.preprocess(
    (given) => (given === undefined || Array.isArray(given) ? given : [given]),
    list.optional(),
  );
}

export const CaseQuery = z.strictObject({
  subscription: anyOf(chainName),
  state: anyOf(z.enum(caseStates)).meta({
    description: 'Open cases of every state where it is not given; closed ones are those of the last 30 days',
  }),
  severity: anyOf(z.enum(severities)),
  control: anyOf(z.string().min(1).max(200)),
  case: caseId.toLowerCase().optional().meta({ description: 'Only cases whose id begins so' }),
  most: z.coerce.number().int().min(1).max(500).default(100),
  after: z.string().max(500).optional().meta({ description: '`next` of the page before' }),
});
export type CaseQuery = z.infer<typeof CaseQuery>;

export const CaseListPage = z
  .object({
    cases: z.array(CaseSummary),
    next: z.string().optional(),
    total: z.int().meta({ description: 'Cases that fit the filter, on all pages' }),
    unreadable: z
      .int()
      .meta({ description: 'Rows of the ledger that are no cases: whatever they hold is not shown' }),
    left: z.int().meta({ description: 'Open cases that did not fit into the memory of the service' }),
    leftClosed: z.int().meta({ description: 'Closed cases of the last 30 days that did not fit' }),
  })
  .meta({ id: 'CasePage', description: 'Worst first, then oldest first' });
export type CaseListPage = z.infer<typeof CaseListPage>;

export const SwitchBody = z
  .strictObject({ changes: z.enum(['stopped', 'allowed']), reason: reason.min(1) })
  .meta({ id: 'TurnKillSwitch' });

export const SwitchAnswer = z
  .object({
    changes: z.enum(['allowed', 'stopped']),
    because: z.string(),
    by: z.string().optional(),
    reason: z.string().optional(),
  })
  .meta({ id: 'KillSwitch' });

export const mostEntries = 1_000;
export const LedgerQuery = z.strictObject({
  from: z.coerce.number().int().min(1).max(1e15).default(1),
  most: z.coerce.number().int().min(1).max(mostEntries).default(mostEntries),
});

export const ChainsAnswer = z
  .object({
    chains: z.array(
      z.object({
        chain: z.string(),
        end: z.int().meta({ description: 'Number of its last entry' }),
        fault: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'Chains' });
export type ChainsAnswer = z.infer<typeof ChainsAnswer>;

export const mostCheckpoints = 50;
export const CheckpointQuery = z.strictObject({
  from: z.coerce.number().int().min(1).max(9_999_999_999).default(1),
  most: z.coerce.number().int().min(1).max(mostCheckpoints).default(mostCheckpoints),
});

export const CheckpointPage = z
  .object({
    checkpoints: z.array(
      z.object({ number: z.int(), text: z.string().meta({ description: 'The file, to the byte' }) }),
    ),
    next: z.int().optional().meta({ description: '`from` of the next page; absent at the end' }),
  })
  .meta({ id: 'Checkpoints' });

export const PublicKeyQuery = z.strictObject({
  id: z.string().min(1).max(500).meta({ description: '`keyId` of a checkpoint’s signature' }),
});

export const PublicKeyAnswer = z.object({ id: z.string(), pem: z.string() }).meta({ id: 'PublicKey' });
