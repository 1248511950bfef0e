import { expect, it } from 'vitest';
import { readRole, readSettings, readWebSettings } from '../../shared/settings.ts';

const guid = '11111111-2222-3333-4444-555555555555';
const good = {
  LEAKSTOP_SUBSCRIPTIONS: `${guid}, ${guid.replaceAll('1', 'A')}`,
  LEAKSTOP_OBSERVE_CLIENT_ID: guid,
  LEAKSTOP_REMEDIATE_CLIENT_ID: guid,
  LEAKSTOP_DATA_KEY_ID: 'https://vault.example/keys/data',
  LEAKSTOP_CHECKPOINT_KEY_ID: 'https://leakstop.vault.azure.net/keys/checkpoints',
  LEAKSTOP_DECISION_KEY_ID: 'https://leakstop.vault.azure.net/keys/decisions',
  LEAKSTOP_LINK_KEY_ID: 'https://leakstop.vault.azure.net/keys/links',
  LEAKSTOP_WEB_URL: 'https://leakstop.example.com',
  LeakstopStorage__tableServiceUri: 'https://state.table.core.windows.net/',
  LeakstopStorage__queueServiceUri: 'https://state.queue.core.windows.net',
  LeakstopStorage__blobServiceUri: 'https://state.blob.core.windows.net',
  LeakstopStorage__clientId: guid,
};

it('reads what is there and fills in the public cloud', () => {
  expect(readSettings(good)).toMatchObject({
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
  ['LEAKSTOP_SUBSCRIPTIONS', ''],
  ['LEAKSTOP_SUBSCRIPTIONS', 'production'],
  ['LEAKSTOP_OBSERVE_CLIENT_ID', 'me'],
  ['LEAKSTOP_REMEDIATE_CLIENT_ID', undefined],
  ['LEAKSTOP_DATA_KEY_ID', undefined],
  ['LEAKSTOP_ARM_ENDPOINT', 'http://management.azure.com'],
  ['LEAKSTOP_CHECKPOINT_KEY_ID', undefined],
  ['LEAKSTOP_CHECKPOINT_KEY_ID', 'http://leakstop.vault.azure.net/keys/checkpoints'],
  ['LEAKSTOP_CHECKPOINT_KEY_ID', 'https://leakstop.vault.azure.net/secrets/checkpoints'],
  ['LEAKSTOP_DECISION_KEY_ID', undefined],
  ['LEAKSTOP_LINK_KEY_ID', undefined],
  ['LEAKSTOP_WEB_URL', undefined],
  ['LEAKSTOP_WEB_URL', 'http://leakstop.example.com'],
  ['LEAKSTOP_WEB_URL', 'https://leakstop.example.com/pages'],
  ['LEAKSTOP_TEAMS_WEBHOOK_URL', 'http://teams.example.com/?sig=canary'],
  ['LEAKSTOP_ESCALATION_WEBHOOK_URL', 'canary'],
  ['LeakstopStorage__tableServiceUri', 'state'],
  ['LeakstopStorage__queueServiceUri', 'http://127.0.0.1:10001/state'],
  ['LeakstopStorage__clientId', undefined],
])('refuses %s = %j by name', (name, value) => {
  expect(() => readSettings({ ...good, [name]: value })).toThrow(
    expect.objectContaining({ code: 'malformed-input', message: expect.stringContaining(name) as string }),
  );
});

it.each([undefined, 'owner'])('refuses the role %j by name', (role) => {
  expect(() => readRole({ LEAKSTOP_ROLE: role })).toThrow(/LEAKSTOP_ROLE: expected/);
});

const web = { ...good, LEAKSTOP_TENANT_ID: guid, LEAKSTOP_WEB_CLIENT_ID: guid };

it('the web app is told of its tenant, and of no identity that could touch what is guarded', () => {
  const { identities, entra } = readWebSettings(web);
  expect(identities).toEqual({ storage: guid });
  expect(entra).toEqual({
    tenantId: guid,
    clientId: guid,
    loginEndpoint: 'https://login.microsoftonline.com',
  });
});

it.each([
  ['LEAKSTOP_TENANT_ID', undefined],
  ['LEAKSTOP_TENANT_ID', 'common'],
  ['LEAKSTOP_WEB_CLIENT_ID', undefined],
  ['LEAKSTOP_LOGIN_ENDPOINT', 'http://login.microsoftonline.com'],
])('it does not start with %s = %j: nobody could be let in', (name, value) => {
  expect(() => readWebSettings({ ...web, [name]: value })).toThrow(name);
});

it('never repeats a value: a setting may hold a secret', () => {
  const secrets = {
    LeakstopStorage__tableServiceUri: 'AccountKey=canary',
    LEAKSTOP_TEAMS_WEBHOOK_URL: 'http://teams.example.com/?sig=canary',
  };
  expect(() => readSettings({ ...good, ...secrets })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('canary') as string }),
  );
});
