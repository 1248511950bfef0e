import { expect, test } from 'vitest';
import { openDecisionService } from '../../../shared/approval/open-decision-service.ts';
import { openBreaker } from '../../../shared/engine/guards/breaker.ts';
import { roles } from '../../../shared/entra/caller.ts';
import { openLedger } from '../../../shared/ledger/open-ledger.ts';
import { controlFacts } from '../../../shared/policy/control-facts.ts';
import { defaultLimits } from '../../../shared/policy/policy.ts';
import { readPolicy } from '../../../shared/policy/read-policy.ts';
import { catalogue } from '../../../remediators/index.ts';
import { person } from '../../support/deciders.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryTable } from '../../support/memory-table.ts';

const never = () => Promise.reject(new Error('nothing is written here'));

test('a count of failures has no scope of a policy, can be shown, and is decided about by nobody', async () => {
  const clock = new ManualClock();
  const bodies = { putBody: () => Promise.resolve(), getBody: () => Promise.resolve(undefined) };
  const ledger = openLedger({ table: new MemoryTable().client(), bodies, clock });
  const control = 'storage-account-public-network-access';
  await openBreaker(ledger, clock).record(
    { control, id: 'undo', kind: 'undone', resource: '/subscriptions/x', writers: [] },
    defaultLimits,
  );
  const [row] = (await ledger.readRoot('tenant', 'automation')).openCases;
  const text = `format: 1
approvers:
  - name: all
    scope: '*'
    principals:
      - { id: 33333333-3333-4333-8333-333333333333, label: Security }
`;
  const policy = readPolicy(text, { controls: controlFacts(catalogue), now: clock.now() }).accepted?.policy;
  const service = openDecisionService({
    ledger,
    inbox: { hand: never },
    reader: { end: never, entries: never as never },
    policy: () => Promise.resolve(policy!),
    key: { sign: never },
    verifier: { check: () => Promise.resolve('genuine') },
    queue: () => ({ send: never }),
    clock,
    logger: { information: () => undefined, warning: () => undefined, error: () => undefined },
    subscriptions: [],
    rootOf: () => Promise.resolve('automation'),
    switchFile: { version: never, write: never, writeOver: never },
    heldBySwitch: never,
  });
  const caller = person('a', roles);
  const options = await service.optionsFor(row!, 'tenant', caller);
  expect(options.allowed).toEqual([]);
  expect(options.why.approve).toContain('closes by itself');
  for (const verdict of ['approve', 'deny', 'exempt', 'undo'] as const) {
    const result = await service.decide(
      {
        subscription: 'tenant',
        caseId: row!.caseId,
        proposal: options.proposal,
        verdict,
        reason: 'because',
        until: new Date(clock.now().getTime() + 60_000),
      },
      caller,
    );
    expect([verdict, result]).toMatchObject([verdict, { kind: 'refused', code: 'not-decidable' }]);
  }
});
