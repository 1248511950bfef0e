import { deadLetterContainer } from '../intake/dead-letters.ts';
import { poisonQueues } from '../intake/stuck-messages.ts';
import {
  bodyContainer,
  dataKeyContainer,
  ledgerTable,
  policyContainer,
  switchContainer,
  workTable,
} from '../ledger/storage-clients.ts';
import { checkpointContainer } from '../ledger/write-once-files.ts';
import { inboxQueue, reconcileQueue } from '../work/queue.ts';

/** An app with an identity of its own for our storage account and the keys. */
export type HolderOfRights = 'worker' | 'web';

/** The kinds of things that a right may be on. */
export type PlaceOfRights = 'table' | 'queue' | 'container' | 'key';

/** The actions that an app holds on one table, queue, container or key. */
export interface Right {
  readonly place: PlaceOfRights;
  /** Name of the table, queue or container; of a key, the setting that has its address. */
  readonly name: string;
  /** For each action, as Azure names it behind the type of the place, what the app does with it. */
  readonly actions: Readonly<Record<string, string>>;
}

/**
 * Everything that the two apps may do in our storage account and with the keys, and nothing is granted on more than one
 * table, queue, container or key. The account of each app's host is not listed: Azure documents one role for it.
 */
export const rights: Readonly<Record<HolderOfRights, readonly Right[]>> = {
  worker: [
    {
      place: 'table',
      name: ledgerTable,
      actions: {
        'entities/read': 'reads heads, cases and entries',
        'entities/add/action': 'appends entries, opens cases',
        'entities/update/action': 'moves heads and cases on',
        'entities/delete':
          'removes the row of a case that closed, in the transaction that adds the closed one',
      },
    },
    {
      place: 'table',
      name: workTable,
      actions: {
        'entities/read': 'reads what is left to do',
        'entities/add/action': 'notes a root, a sweep, a notice',
        'entities/update/action': 'claims roots and gives them back',
        'entities/delete': 'removes what is done',
      },
    },
    {
      place: 'queue',
      name: reconcileQueue,
      actions: {
        read: 'the platform counts messages, to scale',
        'messages/read': 'the platform looks at the oldest message, to scale',
        'messages/process/action': 'takes messages',
        'messages/write': 'adds messages, and puts a failed one back for a while',
      },
    },
    {
      place: 'queue',
      name: poisonQueues[reconcileQueue],
      actions: {
        read: 'counts messages that no function can take, for health',
        'messages/read': 'the platform looks at the oldest message, to scale',
        'messages/add/action': 'the host moves a message there that it gives up',
        'messages/process/action': 'records such a message, and removes it',
      },
    },
    {
      place: 'queue',
      name: inboxQueue,
      actions: {
        read: 'the platform counts messages, to scale',
        'messages/read': 'the platform looks at the oldest message, to scale',
        'messages/process/action': 'takes what people handed in',
        'messages/write': 'puts a message back for a while that could not be recorded',
      },
    },
    {
      place: 'queue',
      name: poisonQueues[inboxQueue],
      actions: {
        read: 'counts messages that no function can take, for health',
        'messages/read': 'the platform looks at the oldest message, to scale',
        'messages/add/action': 'the host moves a message there that it gives up',
        'messages/process/action': 'records such a message as refused, and removes it',
      },
    },
    {
      place: 'container',
      name: bodyContainer,
      actions: {
        'blobs/read': 'reads bodies that are too large for a row',
        'blobs/add/action': 'stores such a body; replaces none',
      },
    },
    {
      place: 'container',
      name: checkpointContainer,
      actions: {
        'blobs/read': 'reads checkpoints, segments and halts',
        'blobs/add/action': 'adds them; replaces none',
      },
    },
    {
      place: 'container',
      name: policyContainer,
      actions: {
        'blobs/read': 'reads the policy, and the texts of earlier ones',
        'blobs/add/action': 'keeps the text of a policy that came into force; replaces none',
      },
    },
    {
      place: 'container',
      name: switchContainer,
      actions: { 'blobs/read': 'reads the kill switch' },
    },
    {
      place: 'container',
      name: deadLetterContainer,
      actions: {
        'blobs/read': 'reads events that could not be delivered',
        'blobs/write': 'sets an unreadable one aside',
        'blobs/delete': 'removes one whose events are on the queue',
      },
    },
    {
      place: 'container',
      name: dataKeyContainer,
      actions: {
        'blobs/read': 'reads its wrapped data key',
        'blobs/add/action': 'keeps that key when it is made; replaces none',
      },
    },
    {
      place: 'key',
      name: 'LEAKSTOP_DATA_KEY_ID',
      actions: {
        'keys/read': 'names the version that wraps',
        'keys/wrap/action': 'wraps its data key, once',
        'keys/unwrap/action': 'unwraps its data key, once a process',
      },
    },
    {
      place: 'key',
      name: 'LEAKSTOP_CHECKPOINT_KEY_ID',
      actions: { 'keys/read': 'names the version that signs', 'keys/sign/action': 'signs checkpoints' },
    },
    {
      place: 'key',
      name: 'LEAKSTOP_LINK_KEY_ID',
      actions: { 'keys/read': 'names the version that signs', 'keys/sign/action': 'signs links and alerts' },
    },
    {
      place: 'key',
      name: 'LEAKSTOP_DECISION_KEY_ID',
      actions: { 'keys/read': 'verifies decisions' },
    },
  ],
  web: [
    {
      place: 'table',
      name: ledgerTable,
      actions: { 'entities/read': 'reads heads, cases and entries' },
    },
    {
      place: 'table',
      name: workTable,
      actions: { 'entities/read': 'reads the display names of subscriptions' },
    },
    {
      place: 'queue',
      name: reconcileQueue,
      actions: { 'messages/add/action': 'asks for a look' },
    },
    {
      place: 'queue',
      name: inboxQueue,
      actions: { 'messages/add/action': 'hands in what people decide' },
    },
    {
      place: 'container',
      name: bodyContainer,
      actions: { 'blobs/read': 'reads bodies that are too large for a row' },
    },
    {
      place: 'container',
      name: checkpointContainer,
      actions: { 'blobs/read': 'hands out checkpoints and segments, reads halts' },
    },
    {
      place: 'container',
      name: policyContainer,
      actions: { 'blobs/read': 'reads the policy' },
    },
    {
      place: 'container',
      name: switchContainer,
      actions: { 'blobs/read': 'shows the kill switch', 'blobs/write': 'turns it' },
    },
    {
      place: 'key',
      name: 'LEAKSTOP_CHECKPOINT_KEY_ID',
      actions: { 'keys/read': 'hands out the public key' },
    },
    {
      place: 'key',
      name: 'LEAKSTOP_LINK_KEY_ID',
      actions: { 'keys/read': 'verifies links' },
    },
    {
      place: 'key',
      name: 'LEAKSTOP_DECISION_KEY_ID',
      actions: { 'keys/read': 'names the version that signs', 'keys/sign/action': 'signs decisions' },
    },
  ],
};

const types: Readonly<Record<PlaceOfRights, string>> = {
  table: 'Microsoft.Storage/storageAccounts/tableServices/tables',
  queue: 'Microsoft.Storage/storageAccounts/queueServices/queues',
  container: 'Microsoft.Storage/storageAccounts/blobServices/containers',
  key: 'Microsoft.KeyVault/vaults',
};

/** Where a right is assigned, behind the account or the vault. A key is named by its setting. */
export function scopeOf({ place, name }: Pick<Right, 'place' | 'name'>): string {
  const scopes: Readonly<Record<PlaceOfRights, string>> = {
    table: `tableServices/default/tables/${name}`,
    queue: `queueServices/default/queues/${name}`,
    container: `blobServices/default/containers/${name}`,
    key: `keys/{${name}}`,
  };
  return scopes[place];
}

/**
 * The whole names of the actions of a right, as a role definition takes them: what is done with the data itself is a data
 * action, what is read of a queue beside its messages an action.
 */
export function roleOf({ place, actions }: Right): {
  readonly actions: readonly string[];
  readonly dataActions: readonly string[];
} {
  const names = Object.keys(actions);
  const whole = (action: string): string => `${types[place]}/${action}`;
  return {
    actions: names.filter((name) => !name.includes('/')).map(whole),
    dataActions: names.filter((name) => name.includes('/')).map(whole),
  };
}
