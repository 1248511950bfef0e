import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decide } from '../../../shared/engine/decide.ts';
import type { Change, Mode, Plan } from '../../../shared/engine/remediator.ts';
import { catalogue } from '../../../remediators/index.ts';
import { defaultPolicy } from '../../../shared/policy/policy.ts';

const [remediator] = catalogue;
const change = (undo: Change['undo'] = { kind: 'exact' }): Plan => ({
  kind: 'change',
  change: { steps: [], impact: 'none', undo },
});
const notOffered: Plan = { kind: 'not-offered', reason: 'immutable', guidance: 'move' };
const irreversible = change({ kind: 'none', note: 'cannot be taken back' });

function decided(mode: Mode, plan: Plan, witnessed: boolean, isOverBudget = false) {
  const policy = { ...defaultPolicy, name: 'test', modeOf: () => ({ mode, rule: 'only' }) };
  const decision = decide({
    meta: remediator!.meta,
    resource: '/subscriptions/s',
    severity: 'high',
    plan,
    witnessed,
    isOverBudget,
    policy,
  });
  return decision.kind === 'hold' ? `hold ${decision.reason}` : decision.kind;
}

it.each<[Mode, Plan, boolean, boolean, string]>([
  ['off', change(), true, false, 'ignore'],
  ['observe', change(), true, false, 'hold observe'],
  ['observe', notOffered, true, false, 'hold observe'],
  ['approve', change(), true, false, 'ask'],
  ['approve', change(), false, false, 'ask'],
  ['approve', notOffered, true, false, 'hold not-offered'],
  ['auto', change(), true, false, 'change'],
  ['auto', change(), false, false, 'hold unwitnessed'],
  ['auto', change(), true, true, 'hold budget'],
  ['auto', change(), false, true, 'hold unwitnessed'],
  ['auto', notOffered, true, false, 'hold not-offered'],
  ['auto', irreversible, true, false, 'ask'],
])('%s, %o, witnessed %s, over budget %s: %s', (mode, plan, witnessed, isOverBudget, expected) => {
  expect(decided(mode, plan, witnessed, isOverBudget)).toBe(expected);
});

it('changes nothing that was not witnessed, is irreversible, is not offered or is over budget', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<Mode>('off', 'observe', 'approve', 'auto'),
      fc.constantFrom(change(), notOffered, irreversible),
      fc.boolean(),
      fc.boolean(),
      (mode, plan, witnessed, isOverBudget) => {
        const mayChange =
          mode === 'auto' &&
          witnessed &&
          !isOverBudget &&
          plan.kind === 'change' &&
          plan.change.undo.kind !== 'none';
        expect(decided(mode, plan, witnessed, isOverBudget) === 'change').toBe(mayChange);
      },
    ),
  );
});
