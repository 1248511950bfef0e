import type { ArmBody } from '../../../sandbox/arm/arm-body.ts';
import { isBody } from '../../../sandbox/arm/arm-body.ts';
import type { World } from './world.ts';

/** A request and its answer as Azure gave it, with the state before it as far as that was recorded. */
export interface Pair {
  readonly source: string;
  readonly method: string;
  readonly path: string;
  readonly apiVersion: string;
  readonly request: ArmBody | null;
  readonly status: number;
  readonly body: ArmBody | null;
  /** Resource as it was; null where it was not there or nobody recorded it. */
  readonly before: ArmBody | null;
  /** Result of the work that a 202 promised. */
  readonly finished?: ArmBody | null;
}

/** Members that differ from run to run, or with the year in which Azure made the resource. */
export const volatileNames: readonly string[] = [
  'certRenewAfter',
  'clientId',
  'creationTime',
  'currentVersionedKeyExpirationTimestamp',
  'currentVersionedKeyIdentifier',
  'etag',
  'identityUrl',
  'keyCreationTime',
  'lastEnabledTime',
  'lastKeyRotationTimestamp',
  'lastModifiedTime',
  'principalId',
  'tenantId',
];

/** Paths at which an answer differs from the recorded one. What was redacted equals anything. */
function differences(recorded: unknown, answered: unknown, path = ''): readonly string[] {
  if (
    recorded === 'REDACTED' ||
    answered === 'REDACTED' ||
    volatileNames.includes(path.split('.').at(-1) ?? '')
  ) {
    return [];
  }
  if (isBody(recorded) && isBody(answered)) {
    const names = new Set([...Object.keys(recorded), ...Object.keys(answered)]);
    return [...names].flatMap((name) => differences(recorded[name], answered[name], `${path}.${name}`));
  }
  if (Array.isArray(recorded) && Array.isArray(answered) && recorded.length === answered.length) {
    return recorded.flatMap((value, index) => differences(value, answered[index], `${path}[${index}]`));
  }
  return JSON.stringify(recorded) === JSON.stringify(answered)
    ? []
    : [`${path}: ${JSON.stringify(recorded)} became ${JSON.stringify(answered)}`];
}

/** Puts the recorded state in place, sends the recorded request, and tells how the answer differs. */
export async function replay(world: World, pair: Pair): Promise<readonly string[]> {
  prepare(world, pair);
  const answer = await world.call(pair.method, pair.path, pair.request ?? undefined, {
    apiVersion: pair.apiVersion,
  });
  if (answer.status !== pair.status) {
    return [`status: ${pair.status} became ${answer.status} ${JSON.stringify(answer.body)}`];
  }
  if (pair.status === 202) {
    return missing(pair, await finish(world, answer.headers.get('location') ?? ''));
  }
  return pair.body === null ? [] : differences(pair.body, answer.body);
}

function prepare(world: World, pair: Pair): void {
  const { path, body } = pair;
  const { state } = world.azure.arm;
  state.clear();
  const code = (body?.error as { code?: string } | undefined)?.code;
  const [, , subscriptionId = '', , group = ''] = path.split('/');
  state.addSubscription(subscriptionId, 'Replayed');
  if (code !== 'ResourceGroupNotFound') {
    state.addGroup(subscriptionId, group, 'westus2');
  }
  const account = path.split('/').slice(0, 9).join('/');
  if (account !== path && code !== 'ParentResourceNotFound') {
    state.load({ id: account, name: account.split('/').at(-1), location: 'westus2', properties: {} });
  }
  const existing = pair.status === 200 ? stateBefore(pair) : null;
  if (existing !== null) {
    state.load(existing, path);
  }
}

/** Where the state before was not recorded, a write is replayed onto its own result: it must change nothing. */
function stateBefore({ method, path, before, body }: Pair): ArmBody | null {
  return before ?? (method === 'DELETE' ? { id: path } : body);
}

async function finish(world: World, location: string): Promise<ArmBody> {
  for (;;) {
    const answer = await world.call('GET', location);
    if (answer.status !== 202) {
      return answer.body;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What was asked for, or shown in the end, and is not there. Defaults changed over the years and may differ. */
function missing({ request, finished }: Pair, result: ArmBody): readonly string[] {
  const asked = (request?.properties ?? {}) as ArmBody;
  const shown = (finished?.properties ?? {}) as ArmBody;
  const properties = (result.properties ?? {}) as ArmBody;
  return Object.keys(asked)
    .filter((name) => name in shown)
    .flatMap((name) => differences(shown[name], properties[name], name));
}
