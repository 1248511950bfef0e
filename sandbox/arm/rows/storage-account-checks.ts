import type { ArmBody } from '../arm-body.ts';
import { member, text } from '../arm-body.ts';
import { ArmError, invalidValues } from '../arm-error.ts';
import { nameOf, sameId } from '../arm-path.ts';
import { valueAt } from '../merge.ts';
import type { ResourceStore } from '../resource-store.ts';
import type { Write } from '../resource-type.ts';

const type = 'Microsoft.Storage/storageAccounts';

/** Names of skus that go with each kind: https://aka.ms/storageaccounttypes */
const skusByKind: Readonly<Record<string, RegExp>> = {
  StorageV2: /^(Standard_|Premium_[LZ]RS$)/,
  Storage: /^(Standard_(LRS|GRS|RAGRS|ZRS)|Premium_LRS)$/,
  BlobStorage: /^Standard_(LRS|GRS|RAGRS|ZRS)$/,
  BlockBlobStorage: /^Premium_[LZ]RS$/,
  FileStorage: /^(Premium_|PremiumV2_|StandardV2_)/,
};

/** Why a name cannot be given to a new account, as `checkNameAvailability` says it; undefined where it can. */
export function nameProblem(
  name: string,
  store: ResourceStore,
): { readonly reason: 'AccountNameInvalid' | 'AlreadyExists'; readonly message: string } | undefined {
  if (!/^[a-z0-9]{3,24}$/.test(name)) {
    return {
      reason: 'AccountNameInvalid',
      message: `${name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.`,
    };
  }
  return store.list(type).some(({ id }) => sameId(nameOf(id), name))
    ? { reason: 'AlreadyExists', message: `The storage account named ${name} is already taken.` }
    : undefined;
}

/** Throws what Azure refuses of an account beside what its files describe. */
export function checkStorageAccount(write: Write): void {
  const { id, store, current, request } = write;
  const problem = current === undefined ? nameProblem(nameOf(id), store) : undefined;
  if (problem !== undefined) {
    const [status, code] =
      problem.reason === 'AlreadyExists'
        ? ([409, 'StorageAccountAlreadyTaken'] as const)
        : ([400, problem.reason] as const);
    throw new ArmError(status, code, problem.message);
  }
  checkKind(write);
  const days = valueAt(member(request, 'properties'), 'keyPolicy.keyExpirationPeriodInDays');
  if (typeof days === 'number' && days < 1) {
    throw invalidValues(['keyPolicy.keyExpirationPeriodInDays']);
  }
}

/** Kind and sku have to go together; an account that is there becomes StorageV2 and nothing else, and keeps its tier. */
function checkKind({ request, current }: Write): void {
  const held = kindAndSku(current?.body ?? {});
  const asked = kindAndSku(request);
  const kind = asked.kind || held.kind;
  const sku = asked.sku || held.sku;
  if (held.kind !== '' && kind !== held.kind && kind !== 'StorageV2') {
    throw invalidValues(['kind']);
  }
  if (held.sku !== '' && tierOf(sku) !== tierOf(held.sku)) {
    throw invalidValues(['sku']);
  }
  const isSame = kind === held.kind && sku === held.sku;
  if (!isSame && sku !== '' && skusByKind[kind]?.test(sku) === false) {
    throw new ArmError(
      400,
      'InvalidValuesForRequestParameters',
      'Values for request parameters are invalid: kind, sku. For more information, see - https://aka.ms/storageaccounttypes',
    );
  }
}

function kindAndSku(body: ArmBody): { readonly kind: string; readonly sku: string } {
  return { kind: text(body, 'kind'), sku: text(member(body, 'sku'), 'name') };
}

function tierOf(sku: string): string {
  return sku.split('_')[0] ?? '';
}
