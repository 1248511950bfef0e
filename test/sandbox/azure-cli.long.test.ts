import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signIn } from '../../sandbox/exports.ts';
import { accountId, fixture, startWorld, subscriptionId } from './arm/world.ts';
import type { World } from './arm/world.ts';

const version = azVersion();
if (version === undefined) {
  console.warn(
    'SKIPPED: az is not on the PATH, so nothing shows here that the Azure CLI works against the sandbox',
  );
}

describe.skipIf(version === undefined)(
  `Azure CLI ${version ?? ''} (skipped where it is not installed)`,
  () => {
    let world: World;
    let environment: Record<string, string | undefined>;

    const az = async (...words: string[]) => {
      const { stdout } = await promisify(execFile)('az', [...words, '--output', 'json'], {
        env: environment,
      });
      return (stdout.trim() === '' ? undefined : JSON.parse(stdout)) as unknown;
    };

    beforeAll(async () => {
      world = await startWorld();
      world.azure.arm.state.load(
        { ...fixture('storage-accounts')[1]?.body, id: accountId, name: 'weights01' },
        accountId,
      );
      const { IDENTITY_ENDPOINT = '', IDENTITY_HEADER } = world.azure.environment({
        systemAssigned: world.azure.operator,
      });
      environment = {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        AZURE_CONFIG_DIR: mkdtempSync(join(tmpdir(), 'leakstop-az-')),
        AZURE_CORE_COLLECT_TELEMETRY: 'no',
        REQUESTS_CA_BUNDLE: world.azure.caFile,
        MSI_ENDPOINT: `${new URL(IDENTITY_ENDPOINT).origin}/msi/${IDENTITY_HEADER}/token`,
        MSI_SECRET: IDENTITY_HEADER,
      };
      for (const command of signIn(world.azure.armUrl)) {
        await az(...command.slice(1));
      }
    });
    afterAll(() => world.azure.stop());

    test('is signed in, to the subscription of the sandbox', async () => {
      expect(await az('account', 'show')).toMatchObject({ id: subscriptionId, environmentName: 'leakstop' });
    });

    test('lists, shows and updates accounts', async () => {
      expect(await az('storage', 'account', 'list')).toMatchObject([
        { name: 'weights01', allowBlobPublicAccess: true },
      ]);
      const named = ['--name', 'weights01', '--resource-group', 'models'];
      expect(await az('storage', 'account', 'show', ...named)).toMatchObject({ id: accountId });
      await az('storage', 'account', 'update', ...named, '--allow-blob-public-access', 'false');
      expect(world.azure.arm.state.get(accountId)).toMatchObject({
        properties: { allowBlobPublicAccess: false },
      });
    });

    /** What a command answers; the words of its error where it fails. */
    const answerOf = async (words: readonly string[]): Promise<unknown> => {
      try {
        return await az(...words, '--only-show-errors');
      } catch (error) {
        return String((error as { stderr?: unknown }).stderr);
      }
    };
    const named = ['--name', 'weights01', '--resource-group', 'models'];
    const locked = ['--name', 'hold', '--resource-group', 'models', '--resource', 'weights01'];
    const ofAccount = ['--resource-type', 'Microsoft.Storage/storageAccounts'];
    const refused = (code: string): unknown => expect.stringContaining(`(${code})`);
    const namesOnly = ['--query', '[].name'];

    /** Each line is a command and what it answers, in the order of a working day. */
    const days: Readonly<Record<string, readonly (readonly [words: readonly string[], answer: unknown])[]>> =
      {
        'a lock holds as long as it is there': [
          [
            ['lock', 'create', '--lock-type', 'ReadOnly', ...locked, ...ofAccount],
            expect.objectContaining({ level: 'ReadOnly' }),
          ],
          [['storage', 'account', 'update', ...named, '--tags', 'a=b'], refused('ScopeLocked')],
          [['storage', 'account', 'delete', ...named, '--yes'], refused('ScopeLocked')],
          [['lock', 'list', ...namesOnly], ['hold']],
          [['lock', 'delete', ...locked, ...ofAccount], undefined],
          [['lock', 'list', ...namesOnly], []],
          [['storage', 'account', 'update', ...named, '--tags', 'a=b', '--query', 'tags'], { a: 'b' }],
        ],
        'groups are found by their tags': [
          [
            [
              'group',
              'create',
              '--name',
              'tagged',
              '--location',
              'westeurope',
              '--tags',
              'owner=ada',
              '--query',
              'id',
            ],
            `/subscriptions/${subscriptionId}/resourceGroups/tagged`,
          ],
          [['group', 'list', '--tag', 'owner=ada', ...namesOnly], ['tagged']],
          [['group', 'list', '--tag', 'owner=grace', ...namesOnly], []],
          [
            ['group', 'create', '--name', 'lost', '--location', 'mars'],
            refused('LocationNotAvailableForResourceGroup'),
          ],
        ],
        'resources, providers and places are told': [
          [['resource', 'list', ...namesOnly], ['weights01']],
          [['resource', 'list', ...ofAccount, ...namesOnly], ['weights01']],
          [['resource', 'list', '--tag', 'a=b', ...namesOnly], ['weights01']],
          [['resource', 'list', '--tag', 'a=c', ...namesOnly], []],
          [['resource', 'show', ...named, ...ofAccount, '--query', 'id'], accountId],
          [['resource', 'tag', ...named, ...ofAccount, '--tags', 'c=d', '--query', 'tags'], { c: 'd' }],
          [
            ['provider', 'show', '--namespace', 'Microsoft.Storage', '--query', 'registrationState'],
            'Registered',
          ],
          [['provider', 'show', '--namespace', 'Microsoft.Fake'], refused('InvalidResourceNamespace')],
          [['account', 'list-locations', '--query', "[?name=='westeurope'].displayName"], ['West Europe']],
          [['keyvault', 'list'], []],
        ],
        'tags are changed by themselves': [
          [
            [
              'tag',
              'update',
              '--resource-id',
              accountId,
              '--operation',
              'merge',
              '--tags',
              'e=f',
              '--query',
              'properties.tags',
            ],
            { c: 'd', e: 'f' },
          ],
          [['tag', 'list', '--resource-id', accountId, '--query', 'properties.tags'], { c: 'd', e: 'f' }],
        ],
        'the Activity Log is read with bare times': [
          [
            [
              'monitor',
              'activity-log',
              'list',
              '--resource-id',
              `${accountId}/providers/Microsoft.Authorization/locks/hold`,
              '--query',
              '[0].operationName.value',
            ],
            'Microsoft.Authorization/locks/delete',
          ],
          [['monitor', 'activity-log', 'list', '--resource-group', 'elsewhere'], []],
        ],
        'names are checked, and what is wrong is refused': [
          [['storage', 'account', 'check-name', '--name', 'weights01', '--query', 'reason'], 'AlreadyExists'],
          [['storage', 'account', 'check-name', '--name', 'free01', '--query', 'nameAvailable'], true],
          [
            [
              'storage',
              'account',
              'create',
              '--name',
              'weights01',
              '--resource-group',
              'tagged',
              '--location',
              'westeurope',
            ],
            refused('StorageAccountAlreadyTaken'),
          ],
          [
            [
              'storage',
              'account',
              'create',
              '--name',
              'new01',
              '--resource-group',
              'models',
              '--kind',
              'FileStorage',
              '--sku',
              'Standard_LRS',
            ],
            refused('InvalidValuesForRequestParameters'),
          ],
          [
            [
              'resource',
              'update',
              ...named,
              ...ofAccount,
              '--set',
              'properties.allowBlobPublicAccess=perhaps',
            ],
            refused('RequestIsNotValidJson'),
          ],
          [
            [
              'storage',
              'container-rm',
              'create',
              '--name',
              'Bad_Container',
              '--storage-account',
              'weights01',
            ],
            refused('InvalidResourceName'),
          ],
          [
            [
              'storage',
              'share-rm',
              'create',
              '--name',
              'share',
              '--storage-account',
              'weights01',
              '--query',
              'name',
            ],
            'share',
          ],
        ],
        'roles are assigned and listed': [
          [
            [
              'rest',
              '--method',
              'put',
              '--url',
              `${accountId}/providers/Microsoft.Authorization/roleAssignments/00000000-1111-4222-8333-444444444444?api-version=2022-04-01`,
              '--body',
              '@assignment',
              '--query',
              'name',
            ],
            '00000000-1111-4222-8333-444444444444',
          ],
          [
            [
              'rest',
              '--url',
              `${accountId}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=principalId eq 'nobody'`,
            ],
            { value: [] },
          ],
          [
            [
              'rest',
              '--url',
              `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01&$filter=roleName eq 'Reader'`,
              '--query',
              'value[].name',
            ],
            ['acdd72a7-3385-48ef-bd42-f606fba81ae7'],
          ],
        ],
      };

    test.each(Object.keys(days))('%s', async (day) => {
      const reader = world.addPrincipal('reader of the day');
      const assignment = JSON.stringify({
        properties: {
          principalId: reader.objectId,
          roleDefinitionId:
            '/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7',
        },
      });
      for (const [words, answer] of days[day] ?? []) {
        const given = words.map((word) => (word === '@assignment' ? assignment : word));
        expect([words.join(' '), await answerOf(given)]).toEqual([words.join(' '), answer]);
      }
    });

    test('lists and renews keys', async () => {
      const named = ['--account-name', 'weights01', '--resource-group', 'models'];
      const before = (await az('storage', 'account', 'keys', 'list', ...named)) as { value: string }[];
      const after = (await az('storage', 'account', 'keys', 'renew', ...named, '--key', 'key1')) as {
        value: string;
      }[];
      expect(before[0]?.value).toMatch(/^canary-/);
      expect(after[0]?.value).not.toBe(before[0]?.value);
      expect(after[1]?.value).toBe(before[1]?.value);
    });
  },
);

function azVersion(): string | undefined {
  try {
    const versions = JSON.parse(execFileSync('az', ['version'], { encoding: 'utf8' })) as Record<
      string,
      string
    >;
    return versions['azure-cli'];
  } catch {
    return undefined;
  }
}
