import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CaseListPage } from '../../shared/api/schemas.ts';
import { openCaseIndex } from '../../shared/case-index/case-index.ts';
import { openChainReader } from '../../shared/ledger/chain-reader.ts';
import { caseStates } from '../../shared/ledger/format/states.ts';
import { openLedger } from '../../shared/ledger/open-ledger.ts';
import type { Row } from '../../shared/ledger/table.ts';
import { defaultPolicy } from '../../shared/policy/policy.ts';
import { type ApiWorld, openApiWorld, subscription } from '../support/api-world.ts';
import { MemoryTable } from '../support/memory-table.ts';
import { nextHead, oddRows } from '../support/odd-cases.ts';
import { pagesWorld } from '../support/pages-world.ts';
import { run } from './run.ts';
import { openApiAs, placeOf } from './service.ts';
import { runs } from '../support/effort.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld();
});
afterAll(() => world.close());

const bodies = { putBody: () => Promise.resolve(), getBody: () => Promise.resolve(undefined) };
const chains = [subscription, 'tenant'];
const rows = fc.tuple(...chains.map(oddRows)).map((lists) => lists.flat());
const all = caseStates.flatMap((state) => ['--state', state]);

/** How many cases were listed, and how many rows were said not to be. */
function counted({ out, told }: { out: string; told: string }): { ids: string[]; unreadable: number } {
  const ids = out
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { id: string }).id);
  return { ids, unreadable: Number(/(\d+) rows of the ledger cannot be read/.exec(told)?.[1] ?? 0) };
}

function put(given: readonly Row[]): void {
  world.memory.replaceRows([...given, ...chains.map(nextHead)]);
  world.clock.advance(5_001);
}

test('whatever a row holds, it is listed or said to be unreadable, through the service and from the tables', async () => {
  const service = { openApi: openApiAs(world, 'Auditor') };
  const tables = { openStorage: () => Promise.resolve({ table: world.memory.client(), bodies }) };
  const loadPolicy = () => Promise.resolve(defaultPolicy);
  await fc.assert(
    fc.asyncProperty(rows, async (given) => {
      put(given);
      for (const [place, context] of [
        [placeOf(world), service],
        [['--tables', 'https://tables.test'], tables],
      ] as const) {
        const listed = await run(['cases', ...all, '--json', ...place, '--policy', 'p.yaml'], {
          ...context,
          clock: world.clock,
          loadPolicy,
        });
        const { ids, unreadable } = counted(listed);
        expect(ids.length + unreadable).toBe(given.length);
        expect(listed.code).toBe(unreadable === 0 ? 0 : 3);
        const table = await run(['cases', ...all, ...place], { ...context, clock: world.clock });
        expect(table.code).toBe(listed.code);
        expect(table.out).toContain(ids.length === 0 ? 'No such case' : 'See one with');
        for (const id of new Set(ids)) {
          const shown = await run(['cases', 'show', id, ...place], { ...context, clock: world.clock });
          expect([shown.code, shown.told]).toEqual([0, '']);
          expect(shown.out).toContain(id);
        }
      }
    }),
    { numRuns: runs(15) },
  );
});

test('whatever a row holds, every page is made, and says how many are missing', async () => {
  const memory = new MemoryTable();
  const table = memory.client();
  const pages = pagesWorld(
    undefined,
    openCaseIndex({
      reader: openChainReader({ table, bodies }),
      ledger: openLedger({ table, bodies, clock: world.clock }),
      subscriptions: [subscription],
      clock: world.clock,
    }),
  );
  await fc.assert(
    fc.asyncProperty(rows, async (given) => {
      memory.replaceRows([...given, ...chains.map(nextHead)]);
      put(given);
      const answer = await fetch(
        `${world.url}/api/cases?${caseStates.map((each) => `state=${each}`).join('&')}`,
        {
          headers: {
            authorization: `Bearer ${await world.tenant.accessToken({ roles: ['Leakstop.Auditor'] })}`,
          },
        },
      );
      const { cases, total, unreadable } = CaseListPage.parse(await answer.json());
      expect(total + unreadable).toBe(given.length);
      for (const path of ['/', '/cases', '/cases?state=closed', '/cases?waiting=me', '/decide-many']) {
        const page = await pages.get(path, 'root');
        expect([path, page.status]).toEqual([path, 200]);
        if (unreadable > 0 && path !== '/decide-many') {
          expect(await page.text()).toContain('could not be read');
        }
      }
      for (const { subscription: chain, case: id } of cases) {
        expect((await pages.get(`/cases/${chain}/${id}`, 'root')).status).toBe(200);
      }
    }),
    { numRuns: runs(15) },
  );
});
