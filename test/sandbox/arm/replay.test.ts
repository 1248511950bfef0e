import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ArmBody } from '../../../sandbox/arm/arm-body.ts';
import { parseArmPath } from '../../../sandbox/arm/arm-path.ts';
import { readLines, recordedPairs, recordings } from './recorded-pairs.ts';
import { replay, volatileNames } from './replay.ts';
import type { Pair } from './replay.ts';
import type { World } from './world.ts';
import { fixture, startWorld } from './world.ts';

const selection = JSON.parse(
  readFileSync(new URL('../../../sandbox/fixtures/replays.json', import.meta.url), 'utf8'),
) as readonly Pair[];

/** Pairs that cannot be replayed, by the end of their source, with the reason. */
const skipped: Readonly<Record<string, string>> = {
  'test_storage_account_with_key_and_sas_policy.yaml#10': 'a write between was not recorded',
  'test_user_assigned_identity.yaml#25': 'a write between was not recorded',
  'DeploymentUnitsTest.test_function_app_consumption.json#1': 'the request was not recorded',
};

/** Errors that come of something outside the modelled types. */
const unmodelledCodes = ['FailedIdentityOperation', 'ServerTimeout', 'AuthorizationFailed'];

let world: World;

beforeAll(async () => {
  world = await startWorld({ latency: { creation: 0 } });
  world.azure.arm.throttle.limits = { ...world.azure.arm.throttle.limits, isEnabled: false };
});
afterAll(() => world.azure.stop());

test.each(selection)('answers as Azure did: $method $status $source', async (pair) => {
  await expect(replay(world, pair)).resolves.toEqual([]);
});

test.each(['storage-accounts', 'blob-containers', 'blob-services'])(
  'gives recorded %s back unchanged',
  async (kind) => {
    for (const { body, apiVersion, name } of fixture(kind)) {
      await expect(readBack(body, apiVersion), name).resolves.toEqual(body);
    }
  },
);

const directory = recordings();

describe.skipIf(directory === undefined)(
  'all recordings of ../shared (skipped where the folder is absent)',
  () => {
    test('answers as Azure did', async () => {
      const pairs = recordedPairs(directory ?? '');
      const reasons = new Map<string, number>();
      const failed: string[] = [];
      let fromBefore = 0;
      for (const pair of pairs) {
        const reason = reasonToSkip(pair);
        if (reason !== undefined) {
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
          continue;
        }
        fromBefore += pair.before === null && pair.status === 200 ? 0 : 1;
        const differences = await replay(world, pair);
        failed.push(...differences.map((difference) => `${pair.method} ${pair.source}: ${difference}`));
      }
      const skippedCount = [...reasons.values()].reduce((sum, count) => sum + count, 0);
      console.log(
        `replayed ${pairs.length - skippedCount} (${fromBefore} from the recorded state, the rest onto their own result), ` +
          `skipped ${skippedCount}: ${JSON.stringify(Object.fromEntries(reasons))}; volatile: ${volatileNames.join(', ')}`,
      );
      expect(failed).toEqual([]);
    });

    test('gives every recorded body of the modelled types back unchanged', async () => {
      let count = 0;
      for (const kind of ['storageAccounts', 'blobContainers', 'blobServices', 'resourceLocks']) {
        for (const { body, apiVersion } of readLines(directory ?? '', kind)) {
          const id = String(body?.id);
          if (body === null || parseArmPath(id)?.isResource !== true) {
            continue;
          }
          await expect(readBack(body, apiVersion), id).resolves.toEqual(body);
          count += 1;
        }
      }
      console.log(`gave back ${count} recorded bodies unchanged`);
      expect(count).toBeGreaterThan(300);
    });
  },
);

if (directory === undefined) {
  console.warn(
    'SKIPPED: no recordings in ../shared/data/recorded; only the committed selection was replayed',
  );
}

function reasonToSkip(pair: Pair): string | undefined {
  const named = Object.entries(skipped).find(([end]) => pair.source.endsWith(end));
  const code = (pair.body?.error as { code?: string } | undefined)?.code ?? '';
  if (named !== undefined) {
    return named[1];
  }
  if (unmodelledCodes.includes(code)) {
    return `error ${code} comes of something else`;
  }
  return pair.apiVersion.startsWith('2015') && pair.status === 404 ? 'worded as in 2015' : undefined;
}

/** The body under an id with a subscription that is a GUID: some recordings carry a placeholder there. */
async function readBack(body: ArmBody, apiVersion: string | null): Promise<ArmBody> {
  const id = String(body.id)
    .replace(/^\/subscriptions\/[^/]+/i, '/subscriptions/00000000-0000-0000-0000-000000000000')
    .replaceAll(/[{}<>]/g, '');
  const { state } = world.azure.arm;
  state.clear();
  const account = id.split('/').slice(0, 9).join('/');
  if (account !== id) {
    state.load({ id: account });
  }
  state.load(body, id);
  return (await world.call('GET', id, undefined, { apiVersion: apiVersion ?? '2023-05-01' })).body;
}
