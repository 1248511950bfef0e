import { createHmac } from 'node:crypto';
import type { ArmBody } from '../arm-body.ts';
import { member, text } from '../arm-body.ts';
import { invalidValues } from '../arm-error.ts';
import type { Action, ActionCall } from '../resource-type.ts';
import { azureTime } from './storage-account-defaults.ts';

const keyNames = ['key1', 'key2'] as const;

/** The actions on an account that answer with its secrets. */
export const storageAccountKeyActions: readonly Action[] = [
  { name: 'listKeys', run: listKeys },
  { name: 'regenerateKey', run: regenerateKey },
  { name: 'listAccountSas', run: listAccountSas },
];

function listKeys({ resource, keys, store }: ActionCall): ArmBody {
  const account = store.get(resource.id)?.body ?? resource.body;
  const times = member(member(account, 'properties'), 'keyCreationTime');
  return {
    keys: keyNames.map((keyName) => ({
      ...(times[keyName] == null ? {} : { creationTime: times[keyName] }),
      keyName,
      value: keys.secret(resource.id, keyName),
      permissions: 'FULL',
    })),
  };
}

function regenerateKey(call: ActionCall): ArmBody {
  const { resource, request, store, keys, now } = call;
  const keyName = keyNames.find((known) => known === text(request, 'keyName').toLowerCase());
  if (keyName === undefined) {
    throw invalidValues(['keyName']);
  }
  keys.regenerate(resource.id, keyName);
  const properties = member(resource.body, 'properties');
  const keyCreationTime = {
    key1: null,
    key2: null,
    ...member(properties, 'keyCreationTime'),
    [keyName]: azureTime(now),
  };
  store.set(resource.id, { ...resource.body, properties: { ...properties, keyCreationTime } });
  return listKeys(call);
}

/** Parameters of a token by their names in the request; `sv` is the version of the service. */
const sasParameters = {
  signedServices: 'ss',
  signedResourceTypes: 'srt',
  signedPermission: 'sp',
  signedStart: 'st',
  signedExpiry: 'se',
  signedIp: 'sip',
  signedProtocol: 'spr',
} as const;

/** A token that looks like one and opens nothing: the sandbox has no data behind its accounts. */
function listAccountSas({ resource, request, keys }: ActionCall): ArmBody {
  const missing = ['signedServices', 'signedResourceTypes', 'signedPermission', 'signedExpiry'].filter(
    (name) => text(request, name) === '',
  );
  if (missing.length > 0) {
    throw invalidValues(missing);
  }
  const token = new URLSearchParams({ sv: '2022-11-02' });
  for (const [name, short] of Object.entries(sasParameters)) {
    if (text(request, name) !== '') {
      token.set(short, text(request, name));
    }
  }
  const signature = createHmac('sha256', keys.secret(resource.id, 'key1'))
    .update(token.toString())
    .digest('base64url');
  token.set('sig', `${keys.marker}${signature}`);
  return { accountSasToken: token.toString() };
}
