import fc from 'fast-check';
import type { JsonObject } from '../../shared/contract/json.ts';
import { caseKey } from '../../shared/ledger/format/keys.ts';
import { type CaseState, caseStates, closeReasons, holdReasons } from '../../shared/ledger/format/states.ts';
import { closedRow, emptyHead, headRow, openRow } from '../../shared/ledger/rows.ts';
import type { Row } from '../../shared/ledger/table.ts';

/** Rows of cases of every kind that a table can hold: of other versions, of the engine itself, of nobody, and of no format. */

const odd = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '',
    '__proto__',
    'constructor',
    'toString',
    '\u0000',
    '\u202e',
    '\u2028',
    '<b>',
    '/',
    'NaN',
  ),
);
const resource = fc.oneof(
  odd,
  fc.constantFrom(
    'storage-account-public-network-access',
    '/subscriptions/',
    '/subscriptions/11111111-1111-4111-8111-111111111111',
    '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg',
    '/subscriptions/1/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/a/blobServices/default/containers/c',
    '/providers/Microsoft.Management/managementGroups/all',
  ),
);
const control = fc.oneof(
  odd,
  fc.constantFrom(
    'automation-verified',
    'resource-observable',
    'service-identity-accounted-for',
    'storage-account-https-only',
    'network-of-a-later-version',
  ),
);
const moment = fc.oneof(
  fc.constantFrom('2026-02-20T10:00:00.000Z', '2026-03-01T12:00:00+02:00', '+275760-09-13T00:00:00.000Z'),
  odd,
);
const actor = fc.oneof(
  fc.constantFrom({ name: 'Ada' }, { kind: 'leakstop' }, {}, { objectId: '' }, { name: 7 }),
  fc.dictionary(fc.string(), fc.jsonValue()),
);
const opener = fc.oneof(
  fc.record({ grade: fc.constant('proven'), actor, event: odd }),
  fc.record({ grade: fc.constant('candidates'), actors: fc.array(actor, { maxLength: 3 }) }),
  fc.constant({ grade: 'unknown' }),
);
const condition = fc.oneof(
  fc.record({ is: fc.jsonValue() }),
  fc.constant({ absent: true }),
  fc.jsonValue() as fc.Arbitrary<unknown>,
);
const change = fc.oneof(
  fc.jsonValue() as fc.Arbitrary<unknown>,
  fc.record({
    steps: fc.array(
      fc.record({
        kind: odd,
        target: resource,
        before: fc.dictionary(odd, condition),
        after: fc.dictionary(odd, condition),
      }),
      { maxLength: 2 },
    ),
    impact: odd,
    undo: fc.oneof(
      fc.constantFrom({ kind: 'exact' }, { kind: 'none', note: 'never' }, { kind: 'default', note: 'so' }),
      fc.jsonValue() as fc.Arbitrary<unknown>,
    ),
  }),
);

const data = fc.oneof(
  { weight: 1, arbitrary: fc.jsonValue() },
  {
    weight: 5,
    arbitrary: fc.record(
      {
        root: odd,
        resource,
        control,
        severity: fc.constantFrom('low', 'medium', 'high', 'critical'),
        witnessed: fc.boolean(),
        firstSeenDrifted: moment,
        opener,
        differences: fc.array(fc.record({ path: odd, actual: fc.jsonValue(), desired: fc.jsonValue() }), {
          maxLength: 2,
        }),
        requestIds: fc.constant([]),
        exposure: fc.constantFrom('real', 'latent'),
        lastSeenInSync: moment,
        hold: fc.record({ reason: fc.constantFrom(...holdReasons), at: moment, until: moment }),
        failure: fc.record({ code: odd, action: odd, message: odd, at: moment }),
        closed: fc.constantFrom(...closeReasons),
        change,
        due: fc.record({ at: moment, owner: odd, rule: odd }),
        trail: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 2 }),
      },
      {
        requiredKeys: [
          'root',
          'resource',
          'control',
          'severity',
          'witnessed',
          'firstSeenDrifted',
          'opener',
          'differences',
          'requestIds',
        ],
      },
    ),
  },
);

const row = fc.record({ data, state: fc.constantFrom(...caseStates), isBroken: fc.nat(9) });

/** Case rows of one chain beside its head, which counts down so that whoever follows it reads everything anew. */
export function oddRows(chain: string): fc.Arbitrary<readonly Row[]> {
  return fc.array(row, { maxLength: 6 }).map((made) => made.map((each, index) => rowOf(chain, each, index)));
}

function rowOf(
  chain: string,
  { data: content, state, isBroken }: { data: unknown; state: CaseState; isBroken: number },
  index: number,
): Row {
  const id = `${chain.slice(0, 4)}${String(index).padStart(4, '0')}-odd`;
  const key = caseKey(chain, id, 'x');
  // As `JSON.parse` gives it: what is undefined is not there.
  const plain = JSON.parse(JSON.stringify(content)) as JsonObject;
  const given = { key, caseId: id, state, sequence: index + 1, data: plain };
  const whole =
    state === 'closed' ? closedRow(chain, given, '2026-03-01T11:00:00.000Z') : openRow(chain, given);
  if (isBroken === 0) {
    const { caseId: _, ...rest } = whole as unknown as Record<string, unknown>;
    return rest;
  }
  return isBroken === 1 ? { ...whole, data0: '{"cut' } : whole;
}

let ends = 1_000_000_000;

/** The head of a chain, lower each time. */
export function nextHead(chain: string): Row {
  ends -= 1;
  return headRow({ ...emptyHead(chain), sequence: ends, hash: 'a'.repeat(64) });
}
