import type { StorageManagementClient } from '@azure/arm-storage';
import type { Clock } from '../../clock.ts';
import { armTypes, companionTypes } from '../../contract/arm-types.ts';
import type { ArmResource } from '../../contract/observation.ts';
import type { ErrorCode } from '../../errors.ts';
import { RemediationError } from '../../errors.ts';
import type { ResourceId } from '../../resource-id.ts';
import { ancestorOfType, parseResourceId } from '../../resource-id.ts';
import { parseArmPage, parseArmResource } from '../arm-body.ts';
import { callArm } from '../arm-context.ts';
import type { AzureClients } from '../clients.ts';
import type { Look, Observer, Wanted } from '../../contract/observer.ts';

const accountType = armTypes['storage-account'];
const containerType = armTypes['blob-container'];

/** From this many children on, one list is cheaper than single reads. */
const listFrom = 4;

/** The type and ancestry of a storage account, without a client: enough to tell which events concern one. */
export const storageAccountRoot = {
  type: accountType,
  parts: new Map([
    [accountType.toLowerCase(), 'storage-account'],
    [containerType.toLowerCase(), 'blob-container'],
  ] as const),
  /** The account's body lists its connections, and some controls offer changes only with an approved one. */
  companions: new Set(companionTypes['storage-account'].map((type) => type.toLowerCase())),
  booleans: [
    'allowBlobPublicAccess',
    'allowSharedKeyAccess',
    'supportsHttpsTrafficOnly',
    'isNfsV3Enabled',
    'isHnsEnabled',
    'isSftpEnabled',
    'requireInfrastructureEncryption',
  ],
  rootOf: (id: ResourceId) => ancestorOfType(id, accountType),
} as const;

/** Observes a storage account, and its containers through Resource Manager, which no storage firewall blocks. */
export function storageAccountObserver(azure: AzureClients, clock: Clock): Observer {
  return {
    ...storageAccountRoot,
    wantsAllChildren: (root) =>
      (root.properties as { allowBlobPublicAccess?: unknown } | undefined)?.allowBlobPublicAccess !== false,
    look: async (root, wanted, until) => {
      const startedAt = clock.now();
      const client = await azure.storage('observe', root.subscriptionId);
      return { startedAt, isComplete: true, ...(await read(client, root, wanted, until)) };
    },
    list: async function* (subscriptionId, until) {
      const client = await azure.storage('observe', subscriptionId);
      yield* pages(
        client.storageAccounts.list().byPage(),
        until,
        `list storage accounts of "${subscriptionId}"`,
      );
    },
  };
}

async function read(
  client: StorageManagementClient,
  root: ResourceId,
  wanted: Wanted,
  until: Date,
): Promise<Pick<Look, 'root' | 'children' | 'hasAllChildren' | 'gone'>> {
  const gone = new Set<string>();
  const [group, account] = groupAndName(root);
  const listed = wanted.allChildren || wanted.children.length >= listFrom;
  const [body, children] = await Promise.all([
    wanted.root
      ? one(() => client.storageAccounts.getProperties(group, account), until, root.text)
      : Promise.resolve(undefined),
    listed
      ? listContainers(client, root, until)
      : Promise.all(wanted.children.map((id) => readContainer(client, root, id, until))),
  ]);
  if (wanted.root && body === undefined) {
    gone.add(root.key);
  }
  const found = new Map(
    (children ?? []).filter((child) => child !== undefined).map((child) => [child.id.toLowerCase(), child]),
  );
  for (const id of wanted.children.map((text) => text.toLowerCase()).filter((key) => !found.has(key))) {
    gone.add(id);
  }
  if (children === undefined) {
    gone.add(root.key);
  }
  return { root: body, children: found, hasAllChildren: listed && children !== undefined, gone };
}

function readContainer(
  client: StorageManagementClient,
  root: ResourceId,
  id: string,
  until: Date,
): Promise<ArmResource | undefined> {
  const [group, account] = groupAndName(root);
  return one(() => client.blobContainers.get(group, account, parseResourceId(id).name), until, id);
}

async function listContainers(
  client: StorageManagementClient,
  root: ResourceId,
  until: Date,
): Promise<ArmResource[] | undefined> {
  const [group, account] = groupAndName(root);
  const iterator = client.blobContainers.list(group, account).byPage();
  const list = async (): Promise<ArmResource[]> => {
    const children: ArmResource[] = [];
    for await (const child of pages(iterator, until, `list containers of "${root.text}"`)) {
      children.push(child);
    }
    return children;
  };
  // An account for file shares alone has no blob service, and so no containers.
  return unlessGone(() => unless('not-supported', list, []));
}

/** The resource as Azure sent it, or undefined if it is gone. */
async function one(act: () => Promise<unknown>, until: Date, id: string): Promise<ArmResource | undefined> {
  const body = await unlessGone(async () => (await callArm({ until, what: `read "${id}"`, act })).body);
  return body === undefined ? undefined : parseArmResource(body, `"${id}"`);
}

async function unlessGone<T>(act: () => Promise<T>): Promise<T | undefined> {
  return unless('resource-gone', act, undefined);
}

/** The result of a call, or another value if the call failed with that code. */
async function unless<T, O>(code: ErrorCode, act: () => Promise<T>, otherwise: O): Promise<T | O> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof RemediationError && error.code === code) {
      return otherwise;
    }
    throw error;
  }
}

/** Most pages of one list: a page holds up to 5,000 accounts or containers. */
const mostPages = 1_000;

/**
 * Every resource of a list, page by page.
 * @throws RemediationError also for an unreadable item, once all other items were yielded
 */
async function* pages(
  iterator: AsyncIterator<unknown>,
  until: Date,
  what: string,
): AsyncIterable<ArmResource> {
  let fault: RemediationError | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const { result, body } = await callArm({ until, what, act: () => iterator.next() });
    if (result.done === true) {
      if (fault !== undefined) {
        throw fault;
      }
      return;
    }
    const { resources, fault: found } = parseArmPage(body, what);
    fault ??= found;
    yield* resources;
  }
  throw new RemediationError('internal-error', `Cannot ${what}: more than ${mostPages} pages`);
}

function groupAndName(root: ResourceId): [string, string] {
  if (root.resourceGroup === undefined) {
    throw new RemediationError('malformed-input', `Cannot read "${root.text}": it names no resource group`);
  }
  return [root.resourceGroup, root.name];
}
