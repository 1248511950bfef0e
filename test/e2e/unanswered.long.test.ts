import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Deployed } from './deployed.ts';
import { group, propertiesOf, startDeployed } from './deployed.ts';
import { eventually } from './eventually.ts';
import { entriesAbout } from './records.ts';

const policy = `format: 1
rules:
  - name: ask-about-tls
    scope: '*'
    control: storage-account-min-tls
    mode: approve
limits:
  decisionTime: 1m
approvers:
  - name: security
    scope: '*'
    principals: [{ id: 5ec0de00-0000-4000-8000-00000000000a, label: Security }]
`;

let deployed: Deployed;
beforeAll(async () => {
  deployed = await startDeployed({ accounts: 1, policy });
});
afterAll(() => deployed.stop());

test('what nobody answers in its time is asked again, and nothing was written', async () => {
  const { id, name } = deployed.nextAccount();
  await deployed.person.storageAccounts.update(group, name, { minimumTlsVersion: 'TLS1_0' });
  const kinds = async () => (await entriesAbout(deployed.cloud, id)).map(({ kind }) => kind);
  await eventually(
    'it is asked again',
    async () => (await kinds()).filter((kind) => kind === 'decision-requested').length >= 2,
  );
  expect(await kinds()).toContain('case-escalated');
  expect(propertiesOf(deployed, id).minimumTlsVersion).toBe('TLS1_0');
});
