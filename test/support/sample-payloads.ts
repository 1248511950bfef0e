import type { PayloadOf } from '../../shared/ledger/format/read-payload.ts';
import type { EntryKind } from '../../shared/ledger/format/states.ts';
import type { JsonObject } from '../../shared/ledger/format/json.ts';
import type { NewEntry } from '../../shared/ledger/ledger.ts';

const time = '2026-03-01T12:00:00.000Z';
const actor = { kind: 'person', objectId: 'o', name: 'Jonas Weber' };
const change = {
  steps: [
    {
      kind: 'storage-account-update',
      target: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/weights',
      before: { 'properties.allowBlobPublicAccess': { is: true }, 'properties.new': { absent: true } },
      after: { 'properties.allowBlobPublicAccess': { is: false }, 'properties.new': { is: 'on' } },
    },
  ],
  impact: 'Whoever reads without a key is cut off.',
  undo: { kind: 'default', note: 'what was absent is written', values: { 'properties.new': 'off' } },
} as const;
const approval = { by: ['o'], decisions: ['d'] };
const notice = { cases: ['case-1'], count: 1, about: 'ask', channel: 'teams', attempts: 1 };

/** What an entry of each kind may say: one example, with every member that the kind allows beside each other. */
export const samplePayloads: { readonly [K in EntryKind]: PayloadOf<K> } = {
  'case-opened': {
    differences: [{ path: 'properties.allowBlobPublicAccess', actual: true, desired: false }],
    severity: 'high',
    exposure: 'real',
    witnessed: true,
    lastSeenInSync: time,
    firstSeenDrifted: time,
    opener: { grade: 'proven', actor, event: 'e' },
    events: [{ id: 'e', time, operation: 'Microsoft.Storage/storageAccounts/write' }],
  },
  'case-observed': { differences: [{ path: 'p', desired: 1 }], severity: 'critical', exposure: 'latent' },
  'case-reconsidered': { askedBy: actor },
  'case-escalated': { reason: 'past-due', owner: 'storage team', rule: 'own', due: time },
  'case-decided': {
    decision: 'change',
    policy: 'default',
    rule: 'production',
    witnessed: true,
    released: 'always',
    approval,
  },
  'case-held': {
    reason: 'locked',
    detail: 'Cannot write: locked',
    guidance: 'Remove the lock.',
    until: time,
    refusal: { by: 'lock', scopes: ['/subscriptions/s'], locks: ['/subscriptions/s/locks/l'] },
    policy: 'default',
    rule: 'production',
    witnessed: true,
    owner: 'storage team',
    grounds: 'migration',
  },
  'decision-requested': {
    change,
    proposal: 'a'.repeat(64),
    expires: time,
    because: 'unwitnessed',
    policy: 'default',
    rule: 'production',
    witnessed: false,
  },
  'decision-recorded': {
    decision: {
      format: 1,
      id: '00000000-0000-4000-8000-000000000001',
      subscription: '00000000-0000-4000-8000-000000000002',
      caseId: 'case-1',
      proposal: 'a'.repeat(64),
      verdict: 'approve',
      by: {
        objectId: '00000000-0000-4000-8000-000000000003',
        tenantId: '00000000-0000-4000-8000-000000000004',
        name: 'Jonas Weber',
        roles: ['Leakstop.Approver'],
        as: '00000000-0000-4000-8000-000000000003',
      },
      reason: 'seen',
      at: time,
      until: time,
    },
    signature: { keyId: 'k', value: 'v' },
  },
  'decision-voided': { decisions: [{ id: 'd', because: 'expired' }] },
  'change-intended': { change, requestId: 'r-1', mergedWith: 0, approval },
  'step-applied': {},
  'change-waiting': {},
  'change-resumed': {},
  'change-withdrawn': {
    reason: 'the change would not be decided any more',
    code: 'conflict',
    requestIds: ['r-1'],
  },
  'change-applied': { requestId: 'r-1', otherWriters: [actor] },
  'change-verified': { observedAt: time },
  'case-stuck': { reason: 'the second step cannot be made' },
  'case-failed': {
    code: 'access-denied',
    action: 'Microsoft.Storage/storageAccounts/write',
    refusal: { by: 'deny-assignment', id: 'i', name: 'n', scope: 's' },
    message: 'Cannot write: access denied',
    at: time,
  },
  'case-closed': { reason: 'fixed', observedAt: time, otherWriters: [actor] },
  'baseline-started': {},
  'baseline-completed': {
    startedAt: time,
    completedAt: time,
    controls: ['storage-account-https-only'],
    policy: 'default',
    hasOff: false,
    roots: 1,
  },
  'signal-received': { text: 'something' },
  'event-unreadable': { event: 'e', reason: 'Cannot read the event', hash: 'a'.repeat(64) },
  'work-failed': { reason: 'Cannot work on it' },
  'body-erased': {
    entries: [{ sequence: 1, bodyHash: 'a'.repeat(64) }],
    reason: 'a person asked for it',
    authority: 'data protection',
  },
  'checkpoint-contradicted': { halt: 1, contradictions: [{ kind: 'chain-shrunk', chain: 'service', at: 3 }] },
  'policy-loaded': { policy: `sha256:${'ab'.repeat(32)}`, before: 'default', at: time },
  'policy-refused': { document: 'sha256:x', faults: ['line 1: what'], faultCount: 1, inForce: 'default' },
  'kill-switch-seen': { changes: 'stopped', because: 'said', by: 'Jonas Weber', reason: 'migration' },
  'sweep-completed': {
    run: 'r',
    startedAt: time,
    completedAt: time,
    subscriptions: [
      {
        subscription: '00000000-0000-4000-8000-000000000002',
        isCovered: false,
        failure: { code: 'access-denied', action: 'Microsoft.Resources/subscriptions/read' },
        resources: { 'microsoft.storage/storageaccounts': 2 },
        looks: 1,
        unreadable: [{ resource: '/subscriptions/s', code: 'access-denied', action: 'a' }],
        unreadableCount: 1,
        hasTopic: true,
      },
    ],
    stuckMessages: 1,
  },
  'notice-sent': notice,
  'notice-failed': notice,
  'kill-switch-turned': { changes: 'stopped', reason: 'migration', turn: 't-1' },
  'decision-refused': { id: 'd-1', code: 'changed', reason: 'It was decided before' },
};

/** The example of a kind with some members in place of its own. */
export function sampleOf(kind: EntryKind, members: object = {}): JsonObject {
  return { ...samplePayloads[kind], ...members } as JsonObject;
}

/** An entry that a test writes whatever it says: what a payload may hold is no matter to what is tested. */
export interface AnyEntry {
  readonly kind: EntryKind;
  readonly key?: string;
  readonly caseId?: string;
  readonly body: Omit<NewEntry['body'], 'payload'> & { readonly payload: object };
}

/** Takes an entry past the types of payloads. */
export function anyEntry(entry: AnyEntry): NewEntry {
  return entry as NewEntry;
}
