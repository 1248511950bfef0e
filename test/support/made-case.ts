import type { CaseData } from '../../shared/case/case-data.ts';
import type { Case } from '../../shared/case/draft.ts';
import type { Json } from '../../shared/contract/json.ts';
import type { Step } from '../../shared/contract/step.ts';
import { caseKey } from '../../shared/ledger/format/keys.ts';

/** An account that tables speak of. */
export const account1 =
  '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/one';

/** A step on an account that sets one property from what is bad to what is good. */
export function stepOn(target: string, name: string, before: Json = 'bad', after: Json = 'good'): Step {
  return {
    kind: 'storage-account-update',
    target,
    before: { [`properties.${name}`]: { is: before } },
    after: { [`properties.${name}`]: { is: after } },
  };
}

/** The change of one step. */
export function changeOf(step: Step): NonNullable<CaseData['change']> {
  return { steps: [step], impact: 'none', undo: { kind: 'exact' } };
}

/** A case in a state, of a control on an account. */
export function madeCase(
  state: Case['state'],
  change: Partial<CaseData> = {},
  control = 'storage-account-min-tls',
): Case {
  const data: CaseData = {
    root: account1.toLowerCase(),
    resource: account1,
    control,
    severity: 'high',
    witnessed: true,
    firstSeenDrifted: '2026-01-01T00:00:00.000Z',
    opener: { grade: 'unknown' },
    differences: [],
    requestIds: [],
    ...change,
  };
  return {
    key: caseKey(data.root, data.resource, control),
    caseId: `case of ${control}`,
    state,
    data,
    expected: 1,
  };
}
