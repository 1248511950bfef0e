import type {
  DecisionRequest,
  DecisionResult,
  DecisionService,
  Options,
} from '../../shared/approval/decision-service.ts';
import type { LinkCheck } from '../../shared/approval/link-token.ts';
import { proposalHash, proposalOf } from '../../shared/case/proposal.ts';
import { openLookService } from '../../shared/approval/open-look-service.ts';
import { storageAccountRoot } from '../../shared/azure/observers/storage-account.ts';
import { type CaseIndex, openCaseIndex } from '../../shared/case-index/case-index.ts';
import type { EvidenceFacts } from '../../shared/case-index/evidence-facts.ts';
import { type CaseData, readCaseData, writeCaseData } from '../../shared/case/case-data.ts';
import type { Caller, Role, TokenCheck } from '../../shared/entra/caller.ts';
import type { SignIn, SignedIn } from '../../shared/entra/sign-in.ts';
import { type ChainReader, openChainReader } from '../../shared/ledger/chain-reader.ts';
import { caseKey } from '../../shared/ledger/format/keys.ts';
import type { CaseEntryKind } from '../../shared/ledger/format/states.ts';
import type { CaseRow, Ledger } from '../../shared/ledger/ledger.ts';
import { openLedger } from '../../shared/ledger/open-ledger.ts';
import type { SwitchState } from '../../shared/policy/kill-switch.ts';
import { defaultLimits } from '../../shared/policy/policy.ts';
import { createLogger } from '../../shared/telemetry/logger.ts';
import { openPageRoutes, openPages, type PageApp } from '../../pages/page-app.ts';
import type { PageParts } from '../../pages/page-parts.ts';
import { subscriptionNames } from '../../shared/subscription-names.ts';
import { catalogue } from '../../remediators/index.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryTable } from './memory-table.ts';
import { sampleOf } from './sample-payloads.ts';

export const webUrl = 'https://leakstop.example';
export const subscription = '11111111-1111-4111-8111-111111111111';
export const otherSubscription = '22222222-2222-4222-8222-222222222222';

/** A person as a verified token says. */
export function person(name: string, roles: readonly Role[]): Caller {
  return {
    kind: 'person',
    objectId: `00000000-0000-4000-8000-${Buffer.from(name).toString('hex').padStart(12, '0').slice(-12)}`,
    tenantId: '99999999-9999-4999-8999-999999999999',
    name,
    roles,
    groups: [],
    hasAllGroups: true,
  };
}

/** Sessions that the world's verifier knows. */
export const people: Readonly<Record<string, Caller>> = {
  ada: person('Ada Approver', ['Leakstop.Approver', 'Leakstop.RiskOwner']),
  olli: person('Olli Operator', ['Leakstop.Operator']),
  root: person('Rut Root', ['Leakstop.Approver', 'Leakstop.RiskOwner', 'Leakstop.Operator']),
  ann: person('Ann Auditor', ['Leakstop.Auditor']),
};

/** What the pages stand on, in memory: a real ledger and index, and people whose rules are simple. */
export interface PagesWorld {
  readonly clock: ManualClock;
  readonly ledger: Ledger;
  readonly reader: ChainReader;
  readonly index: CaseIndex;
  readonly pages: PageApp;
  /** Every address that is registered, as `METHOD path`. */
  readonly routes: readonly string[];
  readonly log: string[];
  /** Everything that was asked to be recorded. */
  /** Messages by which the worker was told to look. */
  readonly looks: Record<string, unknown>[];
  readonly requests: DecisionRequest[];
  readonly turns: { readonly to: string; readonly reason: string }[];
  /** What the service answers next; recorded where undefined. */
  answer: DecisionResult | undefined;
  /** Changes what the rules say of a case. */
  options: ((row: CaseRow, standing: Options) => Options) | undefined;
  check: ((token: string) => TokenCheck) | undefined;
  link: LinkCheck;
  signedIn: SignedIn;
  state: SwitchState;
  evidence: EvidenceFacts | undefined;
  get(path: string, session?: string): Promise<Response>;
  post(
    path: string,
    fields: Readonly<Record<string, string>> | URLSearchParams,
    session?: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>;
}

export const accountId = (name: string, of = subscription): string =>
  `/subscriptions/${of}/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/${name}`;

/** Data of a case about a storage account that takes plain HTTP. */
export function madeCase(resource: string, patch: Partial<CaseData> = {}): CaseData {
  return {
    root: resource.toLowerCase(),
    resource,
    control: 'storage-account-https-only',
    severity: 'high',
    witnessed: true,
    lastSeenInSync: '2026-03-01T09:00:00.000Z',
    firstSeenDrifted: '2026-03-01T10:00:00.000Z',
    opener: { grade: 'proven', actor: { name: 'Mallory', objectId: 'aaaa' }, event: 'e' },
    differences: [{ path: 'properties.supportsHttpsTrafficOnly', actual: false, desired: true }],
    requestIds: [],
    change: {
      steps: [
        {
          kind: 'storage-account-update',
          target: resource,
          before: { 'properties.supportsHttpsTrafficOnly': { is: false } },
          after: { 'properties.supportsHttpsTrafficOnly': { is: true } },
        },
      ],
      impact: 'Clients that use plain HTTP are refused.',
      undo: { kind: 'exact' },
    },
    ...patch,
  };
}

/** An entry about a case, and what it leaves of its row. */
export interface Said {
  readonly kind: CaseEntryKind;
  /** Members in place of those of the kind's sample. */
  readonly payload?: Record<string, never> | object;
  readonly actor?: object;
}

export const asked: readonly Said[] = [
  { kind: 'case-opened', payload: { witnessed: true, firstSeenDrifted: '2026-03-01T10:00:00.000Z' } },
  { kind: 'decision-requested', payload: { because: 'unwitnessed', expires: '2026-03-03T10:00:00.000Z' } },
];

/** Appends what is said of one case, in one unit; the row as it is then. */
export async function say(
  { ledger, clock }: Pick<PagesWorld, 'ledger' | 'clock'>,
  chain: string,
  data: CaseData,
  said: readonly Said[],
  row?: CaseRow,
): Promise<CaseRow> {
  const key = caseKey(data.root, data.resource, data.control);
  const caseId = row?.caseId ?? clock.uuid();
  const commit = await ledger.append({
    chain,
    entries: said.map(({ kind, payload, actor }) => ({
      kind,
      key,
      caseId,
      body: {
        resource: data.resource,
        control: data.control,
        actor: (actor ?? { kind: 'leakstop' }) as never,
        payload: sampleOf(kind, payload) as never,
      },
    })),
    cases: [{ key, caseId, expected: row?.sequence ?? 'absent', data: writeCaseData(data) }],
  });
  if (commit.kind !== 'committed') {
    throw new Error(`Not committed: ${commit.kind}`);
  }
  const { openCases } = await ledger.readRoot(chain, data.root);
  const closedCases = await ledger.closedCases(chain, data.root, new Date(0));
  return [...openCases, ...closedCases].find(({ sequence }) => sequence === commit.sequences.at(-1))!;
}

/** `origin` is where a browser finds the pages; nothing listens at the one that is used when absent. */
export function pagesWorld(origin = webUrl, given?: CaseIndex, givenReader?: ChainReader): PagesWorld {
  const clock = new ManualClock();
  const table = new MemoryTable().client();
  const bodies = { getBody: () => Promise.resolve(undefined), putBody: () => Promise.resolve() };
  const ledger = openLedger({ table, bodies: bodies, clock });
  const reader = givenReader ?? openChainReader({ table, bodies: bodies });
  const index =
    given ?? openCaseIndex({ reader, ledger, subscriptions: [subscription, otherSubscription], clock });
  const log: string[] = [];
  const world: PagesWorld = {
    clock,
    ledger,
    reader,
    index,
    log,
    requests: [],
    looks: [],
    turns: [],
    answer: undefined,
    options: undefined,
    check: undefined,
    link: { kind: 'refused', reason: 'malformed', message: 'The link is not complete' },
    signedIn: { kind: 'stale' },
    state: { changes: 'allowed', because: 'said' },
    evidence: {
      checkpoint: { number: 42, time: '2026-03-01T11:30:00.000Z' },
      isAltered: false,
      isHalted: false,
    },
    ...pagesOf({
      webUrl: origin,
      controls: catalogue.map(({ meta }) => meta),
      verifier: { verify: (token) => Promise.resolve(world.check?.(token) ?? checkOf(token)) },
      signIn: fakeSignIn(origin, () => world.signedIn),
      decisions: () => Promise.resolve(serviceOf(world)),
      looks: openLookService({
        rootTypes: [storageAccountRoot],
        subscriptions: [subscription],
        queue: () => ({
          send: ({ root, note }) => Promise.resolve(void world.looks.push({ root, ...note })),
        }),
        clock,
        logger: createLogger((_, line) => log.push(line)),
      }),
      links: () => Promise.resolve({ verify: () => Promise.resolve(world.link) }),
      index: () => Promise.resolve(index),
      names: () => Promise.resolve(subscriptionNames({})),
      reader: () => Promise.resolve(reader),
      killSwitch: () =>
        Promise.resolve({
          read: () => Promise.resolve(world.state),
          recent: () => Promise.resolve(world.state),
        }),
      evidence: () => Promise.resolve(world.evidence),
      limits: () => Promise.resolve(defaultLimits),
      clock,
      logger: createLogger((_, line) => log.push(line)),
    }),
    get: (path, session) =>
      world.pages.fetch(new Request(`${webUrl}${path}`, { headers: cookieOf(session) })),
    post: (path, fields, session, headers = {}) =>
      world.pages.fetch(
        new Request(`${webUrl}${path}`, {
          method: 'POST',
          headers: { ...cookieOf(session), 'content-type': 'application/x-www-form-urlencoded', ...headers },
          body: (fields instanceof URLSearchParams ? fields : new URLSearchParams(fields)).toString(),
        }),
      ),
  };
  return world;
}

function pagesOf(parts: PageParts): Pick<PagesWorld, 'pages' | 'routes'> {
  const routes = openPageRoutes(parts).routes.filter(({ method }) => method !== 'ALL');
  return {
    pages: openPages(parts),
    routes: [...new Set(routes.map(({ method, path }) => `${method} ${path}`))],
  };
}

function cookieOf(session: string | undefined): Record<string, string> {
  return session === undefined ? {} : { cookie: `__Host-leakstop-session=${session}` };
}

function checkOf(token: string): TokenCheck {
  const caller = Object.hasOwn(people, token) ? people[token] : undefined;
  return caller === undefined
    ? { kind: 'refused', reason: token === 'nobody' ? 'no-role' : 'expired', message: 'The session is over' }
    : { kind: 'caller', caller };
}

/** Comes back at once, as somebody who is signed in to Microsoft Entra already does. */
function fakeSignIn(origin: string, result: () => SignedIn): SignIn {
  return {
    begin: (to) =>
      Promise.resolve({
        kind: 'begun',
        location: `${origin}/sign-in/return?code=c&state=${'s'.repeat(30)}`,
        attempt: 's'.repeat(12),
        memory: Buffer.from(to).toString('base64url'),
      }),
    complete: () => Promise.resolve(result()),
  };
}

/** Rules that are simple: a role decides, and nothing is written. */
function serviceOf(world: PagesWorld): DecisionService {
  return {
    decide: (request) => {
      world.requests.push(request);
      return Promise.resolve(world.answer ?? { kind: 'recorded', given: 1, needed: 1 });
    },
    optionsFor: (row, _subscription, { roles }) => {
      const proposal = proposalHash(
        proposalOf({ caseId: row.caseId, state: row.state, data: readCaseData(row) }),
      );
      const isOpen = row.state !== 'closed';
      const allowed = [
        ...(isOpen && roles.includes('Leakstop.Approver') ? (['approve'] as const) : []),
        ...(isOpen && roles.includes('Leakstop.RiskOwner') ? (['deny', 'exempt'] as const) : []),
        ...(!isOpen && roles.includes('Leakstop.RiskOwner') ? (['undo'] as const) : []),
      ];
      const standing: Options = {
        proposal,
        allowed,
        why:
          allowed.length > 0
            ? {}
            : {
                approve: 'To approve takes the role Leakstop.Approver.',
                deny: 'To leave it open takes the role Leakstop.RiskOwner.',
                exempt: 'To leave it open takes the role Leakstop.RiskOwner.',
              },
        given: [],
        needed: { approve: 1, deny: 1, exempt: 1 },
      };
      return Promise.resolve(world.options?.(row, standing) ?? standing);
    },
    turnKillSwitch: (to, reason, { roles }) => {
      if (!roles.includes('Leakstop.Operator')) {
        return Promise.resolve({
          kind: 'refused',
          code: 'not-allowed',
          message: 'Only an operator turns it.',
        });
      }
      world.turns.push({ to, reason });
      world.state = { changes: to, because: 'said', by: 'Olli', reason };
      return Promise.resolve({ kind: 'turned' });
    },
  };
}

/** The fields of the form that is sent to a path, with what a page gave them. */
export function formFields(markup: string, action: string, having = ''): Record<string, string> {
  const forms = markup.match(/<form[\s\S]*?<\/form>/g) ?? [];
  const form = forms.find((text) => text.includes(`action="${action}"`) && text.includes(having));
  if (form === undefined) {
    throw new Error(`No form is sent to ${action}`);
  }
  const fields = [...form.matchAll(/<input[^>]*?type="hidden"[^>]*>/g)].map(([tag]) => [
    /name="([^"]*)"/.exec(tag)?.[1] ?? '',
    /value="([^"]*)"/.exec(tag)?.[1] ?? '',
  ]);
  return Object.fromEntries(fields) as Record<string, string>;
}
