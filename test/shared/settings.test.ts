import { expect, it } from 'vitest';
import { readSettings } from '../../shared/settings.ts';

const guid = '11111111-2222-3333-4444-555555555555';
const good = {
  LEAKSTOP_ROLE: 'worker',
  LEAKSTOP_SUBSCRIPTIONS: `${guid}, ${guid.replaceAll('1', 'A')}`,
  LEAKSTOP_OBSERVE_CLIENT_ID: guid,
  LEAKSTOP_REMEDIATE_CLIENT_ID: guid,
  LEAKSTOP_CHECKPOINT_KEY_ID: 'https://leakstop.vault.azure.net/keys/checkpoints',
  LeakstopStorage__tableServiceUri: 'https://state.table.core.windows.net/',
  LeakstopStorage__queueServiceUri: 'https://state.queue.core.windows.net',
  LeakstopStorage__blobServiceUri: 'https://state.blob.core.windows.net',
  LeakstopStorage__clientId: guid,
};

it('reads what is there and fills in the public cloud', () => {
  expect(readSettings(good)).toMatchObject({
    role: 'worker',
    subscriptions: [guid, guid.replaceAll('1', 'a')],
    arm: { endpoint: 'https://management.azure.com', audience: 'https://management.azure.com' },
    checkpointKey: {
      id: 'https://leakstop.vault.azure.net/keys/checkpoints',
      audience: 'https://vault.azure.net',
    },
    storage: { tables: 'https://state.table.core.windows.net' },
  });
});

it.each<[string, string | undefined]>([
  ['LEAKSTOP_ROLE', 'owner'],
  ['LEAKSTOP_ROLE', undefined],
  ['LEAKSTOP_SUBSCRIPTIONS', ''],
  ['LEAKSTOP_SUBSCRIPTIONS', 'production'],
  ['LEAKSTOP_OBSERVE_CLIENT_ID', 'me'],
  ['LEAKSTOP_REMEDIATE_CLIENT_ID', undefined],
  ['LEAKSTOP_ARM_ENDPOINT', 'http://management.azure.com'],
  ['LEAKSTOP_CHECKPOINT_KEY_ID', undefined],
  ['LEAKSTOP_CHECKPOINT_KEY_ID', 'http://leakstop.vault.azure.net/keys/checkpoints'],
  ['LEAKSTOP_CHECKPOINT_KEY_ID', 'https://leakstop.vault.azure.net/secrets/checkpoints'],
  ['LeakstopStorage__tableServiceUri', 'state'],
  ['LeakstopStorage__queueServiceUri', 'http://127.0.0.1:10001/state'],
  ['LeakstopStorage__clientId', undefined],
])('refuses %s = %j by name', (name, value) => {
  expect(() => readSettings({ ...good, [name]: value })).toThrow(
    expect.objectContaining({ code: 'malformed-input', message: expect.stringContaining(name) as string }),
  );
});

it('never repeats a value: a setting may hold a secret', () => {
  expect(() => readSettings({ ...good, LeakstopStorage__tableServiceUri: 'AccountKey=canary' })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('canary') as string }),
  );
});
