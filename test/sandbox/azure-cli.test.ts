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
    }, 120_000);
    afterAll(() => world.azure.stop());

    test('is signed in, to the subscription of the sandbox', async () => {
      expect(await az('account', 'show')).toMatchObject({ id: subscriptionId, environmentName: 'leakstop' });
    }, 60_000);

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
    }, 60_000);

    test('lists and renews keys', async () => {
      const named = ['--account-name', 'weights01', '--resource-group', 'models'];
      const before = (await az('storage', 'account', 'keys', 'list', ...named)) as { value: string }[];
      const after = (await az('storage', 'account', 'keys', 'renew', ...named, '--key', 'key1')) as {
        value: string;
      }[];
      expect(before[0]?.value).toMatch(/^canary-/);
      expect(after[0]?.value).not.toBe(before[0]?.value);
      expect(after[1]?.value).toBe(before[1]?.value);
    }, 60_000);
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
