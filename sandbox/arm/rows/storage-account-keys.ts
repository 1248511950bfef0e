import type { ArmBody } from '../arm-body.ts';
import { member, text } from '../arm-body.ts';
import { invalidValues } from '../arm-error.ts';
import type { Action, ActionCall } from '../resource-type.ts';
import { azureTime } from './storage-account-defaults.ts';

const keyNames = ['key1', 'key2'] as const;

/** The two actions on an account that answer with its secrets. */
export const storageAccountKeyActions: readonly Action[] = [
  { name: 'listKeys', run: listKeys },
  { name: 'regenerateKey', run: regenerateKey },
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
