import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { catalogue } from '../../../../remediators/index.ts';
import { measuresAgainst } from '../../../../shared/engine/people/measures.ts';
import { runs } from '../../../support/effort.ts';
import { account } from '../../../support/estate.ts';

const meta = { id: 'a-control', references: { policy: '4fa4b6c0-31ca-4c0d-b10d-24b96f62a751', docs: [] } };
const principal = '11111111-1111-4111-8111-111111111111';
const { id } = account('22222222-2222-4222-8222-222222222222', 'weights');

const commands = (...given: Parameters<typeof measuresAgainst>) =>
  measuresAgainst(...given).map(({ command }) => command);

it('offers a policy that denies the opening in the group, and the rights of each principal', () => {
  expect(commands(id, meta, [{ objectId: principal }, { name: 'nobody knows' }])).toEqual([
    `az policy assignment create --name leakstop-a-control --scope '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-models' --policy 4fa4b6c0-31ca-4c0d-b10d-24b96f62a751 --params '{"effect":{"value":"Deny"}}'`,
    `az role assignment list --assignee ${principal} --scope '${id}' --include-inherited --include-groups`,
  ]);
});

it('offers no policy where Azure has none, and never more than five principals', () => {
  const many = Array.from({ length: 9 }, (_, index) => ({ objectId: principal.replace(/.$/, `${index}`) }));
  expect(commands(id, { ...meta, references: { docs: [] } }, many)).toHaveLength(5);
});

it('has a name of at most 64 characters for the assignment of every control', () => {
  for (const each of catalogue) {
    const [first = ''] = commands(id, { ...meta, id: each.meta.id }, []);
    expect(/--name (\S+)/.exec(first)?.[1]?.length).toBeLessThanOrEqual(64);
  }
});

it('whatever an event says of a principal, a command is made of one line of plain words', () => {
  fc.assert(
    fc.property(fc.anything(), fc.string(), (objectId, text) => {
      const made = commands(id, meta, [{ objectId: objectId as never }, { objectId: text }]);
      for (const command of made) {
        expect(command).toMatch(/^az [a-z -]+[\x20-\x7e]*$/);
      }
    }),
    { numRuns: runs(300) },
  );
});

it('a name with a quote stays one word for a shell', () => {
  const odd = `${id}/it's; echo $HOME`;
  const [command = ''] = commands(odd, { ...meta, references: { docs: [] } }, [{ objectId: principal }]);
  const script = command.replace(/^az /, `printf '%s\\n' `);
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\n')).toContain(odd);
});
