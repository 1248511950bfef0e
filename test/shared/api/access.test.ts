import { expect, it } from 'vitest';
import { askRole } from '../../../shared/api/access.ts';
import { type Caller, roles } from '../../../shared/entra/caller.ts';

const caller: Caller = {
  kind: 'person',
  objectId: '0a0a0a0a-1111-4111-8111-000000000001',
  tenantId: '7e7e7e7e-2222-4222-8222-000000000002',
  name: 'Ada',
  roles,
  groups: [],
  hasAllGroups: true,
};

it('lets a person with the role on, and no app, whatever roles it has', () => {
  expect(() => askRole(caller, 'decide', ['Leakstop.Approver'])).not.toThrow();
  expect(() => askRole({ ...caller, kind: 'app' }, 'decide', ['Leakstop.Approver'])).toThrow(
    /only people decide/,
  );
});
