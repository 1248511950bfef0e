import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ArmBody } from '../arm/arm-body.ts';
import { isBody, member, text } from '../arm/arm-body.ts';
import { relocate } from '../arm/arm-state.ts';
import type { PlannedAccount, PlannedSubscription } from './estate-plan.ts';

/** A body as Azure gave it, and the recording that it comes from. */
interface Recorded {
  readonly name: string;
  readonly source: string;
  readonly body: ArmBody;
}

type Recordings = Readonly<Record<'accounts' | 'containers' | 'services', readonly Recorded[]>>;

/** Makes the bodies of an estate out of recorded ones: names and ids are new, what was absent stays absent. */
export async function buildEstate(plan: readonly PlannedSubscription[]): Promise<ArmBody[]> {
  const recordings: Recordings = {
    accounts: await readRecorded('storage-accounts'),
    containers: await readRecorded('blob-containers'),
    services: await readRecorded('blob-services'),
  };
  return plan.flatMap(({ id, accounts }) =>
    accounts.flatMap((account) => buildAccount(recordings, accountId(id, account), account)),
  );
}

/** The ARM id of a planned account. */
export function accountId(subscriptionId: string, { group, name }: PlannedAccount): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/${name}`;
}

function buildAccount(recordings: Recordings, id: string, planned: PlannedAccount): ArmBody[] {
  const recorded = find(recordings.accounts, planned.recorded);
  const moved = move(recorded, id);
  const account = { ...moved, properties: overlay(member(moved, 'properties'), planned.set ?? {}) };
  if (text(account, 'kind') === 'FileStorage') {
    return [account];
  }
  const service = move(find(recordings.services, 'service-1'), `${id}/blobServices/default`);
  const containers = Object.entries(planned.containers).map(([name, level]) =>
    withLevel(
      move(find(recordings.containers, 'metadata'), `${id}/blobServices/default/containers/${name}`),
      level,
    ),
  );
  return [account, service, ...containers];
}

/** Connections of private endpoints name their account by its id, so that has to move too. */
function move(body: ArmBody, id: string): ArmBody {
  const moved = JSON.stringify(relocate(body, id));
  const own = JSON.parse(moved.replaceAll(text(body, 'id'), id)) as ArmBody;
  return ownTimes(own, id);
}

/** Recorders put this time in the place of every other. */
const recordersTime = /"2001-02-03T04:05:06(\.\d+)?Z"/g;
const firstMade = Date.UTC(2020, 0, 1);
const fiveYears = 5 * 365 * 86_400_000;

/** Bodies of one recording are alike: each gets a time of its own and, where it has an ETag, one of its own. */
function ownTimes(body: ArmBody, id: string): ArmBody {
  const digest = createHash('sha256').update(id.toLowerCase()).digest();
  const time = new Date(firstMade + Math.floor((digest.readUInt32BE(0) / 2 ** 32) * fiveYears));
  const written = JSON.stringify(body).replace(
    recordersTime,
    `"${time.toISOString().replace('Z', '0000Z')}"`,
  );
  const etag = `"0x8D${digest.toString('hex', 4, 11).toUpperCase().slice(0, 13)}"`;
  return { ...(JSON.parse(written) as ArmBody), ...(body.etag === undefined ? {} : { etag }) };
}

function withLevel(container: ArmBody, level: string): ArmBody {
  const { publicAccess: _recorded, metadata: _metadata, ...rest } = member(container, 'properties');
  return { ...container, properties: level === 'absent' ? rest : { ...rest, publicAccess: level } };
}

/** Objects are laid over member by member: an encryption keeps its services. */
function overlay(properties: ArmBody, set: ArmBody): ArmBody {
  const laid = Object.entries(set).map(([name, value]) => [
    name,
    isBody(value) ? { ...member(properties, name), ...value } : value,
  ]);
  return { ...properties, ...(Object.fromEntries(laid) as ArmBody) };
}

function find(recordings: readonly Recorded[], name: string): ArmBody {
  const found = recordings.find((recorded) => recorded.name === name);
  if (found === undefined) {
    throw new Error(`No recorded body is called "${name}"`);
  }
  return found.body;
}

async function readRecorded(kind: string): Promise<readonly Recorded[]> {
  const file = new URL(`../fixtures/${kind}.json`, import.meta.url);
  return JSON.parse(await readFile(file, 'utf8')) as Recorded[];
}
