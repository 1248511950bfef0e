import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  ArmResource,
  Drift,
  Exposure,
  Finding,
  Observation,
} from '../../shared/contract/observation.ts';
import type { Json, JsonObject } from '../../shared/contract/json.ts';
import type { Plan } from '../../shared/contract/change.ts';
import type { Remediator } from '../../shared/contract/remediator.ts';
import type { Severity } from '../../shared/contract/observation.ts';
import { RemediationError } from '../../shared/errors.ts';
import { driftText } from '../../shared/words/control.ts';
import { applyChange, undoOf, valueAt, withoutValue, withValue } from './arm-change.ts';
import { runs } from './effort.ts';

interface Row {
  readonly name: string;
  /** What Azure answers; id, name and type are added. */
  readonly resource: JsonObject;
  /** The root of a part; undefined while unread. A root is its own. */
  readonly root?: JsonObject;
}

interface DriftedRow extends Row {
  /** Only where it is other than the metadata's. */
  readonly severity?: Severity;
  readonly exposure?: Exposure;
}

interface ChangedRow extends DriftedRow {
  /** The body that is written: this and nothing else. */
  readonly change: JsonObject;
  /** How it is undone; exactly, when not said. `default` names the body that comes back. */
  readonly undo?: { readonly kind: 'default'; readonly body: JsonObject };
  readonly impact?: RegExp;
}

interface NotOfferedRow extends DriftedRow {
  /** Paths that are found to differ. */
  readonly differences: readonly string[];
  readonly notOffered: { readonly reason: string; readonly guidance: string | readonly RegExp[] };
}

type Some<T> = readonly [T, ...(readonly T[])];

interface Table {
  readonly inSync: Some<Row>;
  readonly drifted: Some<ChangedRow | NotOfferedRow>;
  /** Bodies that cannot tell, and the path that they lack; incomplete ones (resource notifications) when not said. */
  readonly unknown?: Some<Row & { readonly path: string; readonly isComplete?: true }>;
  readonly notApplicable?: Some<Row & { readonly reason: RegExp }>;
  readonly needsRoot?: Some<Row>;
  readonly malformed: Some<Row>;
}

/** Runs the table of one remediator, and the laws that make a remediator safe. */
export function describeRemediator(remediator: Remediator, table: Table): void {
  describe(remediator.meta.id, () => {
    describeVerdicts(remediator, table);
    describe.each(table.drifted)('drifted: $name', (row) => describeDrift(remediator, row));
    describeProperties(remediator, table);
  });
}

function describeVerdicts(remediator: Remediator, table: Table): void {
  const detect = (row: Row, isComplete = true) =>
    detectFrozen(remediator, observationOf(remediator, row, isComplete));

  it.each(table.inSync)('in sync: $name', (row) => {
    expect(detect(row)).toEqual({ kind: 'in-sync' });
  });

  it.each(table.unknown ?? [])('unknown: $name', (row) => {
    expect(detect(row, row.isComplete === true)).toEqual({ kind: 'unknown', path: row.path });
  });

  it.each(table.notApplicable ?? [])('not applicable: $name', (row) => {
    const finding = detect(row);
    expect(finding).toEqual({ kind: 'not-applicable', reason: expect.stringMatching(row.reason) as string });
  });

  it.each(table.needsRoot ?? [])('needs its root: $name', (row) => {
    expect(detect(row)).toEqual({ kind: 'needs-root' });
  });

  it.each(table.malformed)('malformed: $name', (row) => {
    expect(() => detect(row)).toThrow(expect.objectContaining({ code: 'malformed-input' }));
  });
}

function describeDrift(remediator: Remediator, row: ChangedRow | NotOfferedRow): void {
  const observation = observationOf(remediator, row);
  const drift = driftOf(detectFrozen(remediator, observation));
  const plan = planFrozen(remediator, observation, drift);

  it('says how bad it is', () => {
    expect(drift.severity).toBe(row.severity);
    expect(drift.exposure).toBe(row.exposure);
  });

  it('tells what differs as Azure has it', () => {
    const paths = 'change' in row ? leavesOf(row.change).map(([path]) => path) : row.differences;
    expect(drift.differences.map(({ path }) => path)).toEqual(paths);
    for (const { path, actual, desired } of drift.differences) {
      expect(actual).toEqual(valueAt(observation.resource, path));
      expect(actual).not.toEqual(desired);
    }
  });

  it('says what is wrong as the end of a sentence', () => {
    const said = driftText([remediator.meta], { control: remediator.meta.id, ...drift });
    expect(said).toMatch(sentenceEnd);
    expect(remediator.meta.title).toMatch(/^[A-Z].+[^.]$/);
    // What is wrong, and not the wanted state said again.
    expect(said).not.toContain(remediator.meta.title);
  });

  it('is pure', () => {
    const again = observationOf(remediator, row);
    expect(detectFrozen(remediator, again)).toEqual(drift);
    expect(planFrozen(remediator, again, drift)).toEqual(plan);
  });

  if ('change' in row) {
    describeChange(remediator, row, observation, plan);
  } else {
    describeNoChange(row, plan);
  }
}

function describeChange(remediator: Remediator, row: ChangedRow, observation: Observation, plan: Plan): void {
  const { meta } = remediator;
  if (plan.kind !== 'change') {
    it('plans a change', () => expect(plan.kind).toBe('change'));
    return;
  }
  const { change } = plan;
  const after = applyChange(observation.resource, change);

  it('plans exactly this change', () => {
    const leaves = leavesOf(row.change);
    const before = leaves.map(([path]) => [path, valueAt(observation.resource, path)] as const);
    expect(change.steps).toEqual([
      {
        kind: `${meta.part}-update`,
        target: observation.resource.id,
        before: Object.fromEntries(
          before.map(([path, value]) => [path, value === undefined ? { absent: true } : { is: value }]),
        ),
        after: Object.fromEntries(leaves.map(([path, value]) => [path, { is: value }])),
      },
    ]);
    expect(change.impact).toMatch(row.impact ?? /^[A-Z].+\.$/);
  });

  it('converges', () => {
    const observed = {
      ...observation,
      resource: after,
      ...(observation.root === observation.resource && { root: after }),
    };
    expect(detectFrozen(remediator, observed)).toEqual({ kind: 'in-sync' });
  });

  it('writes only what the metadata declares', () => {
    const written = change.steps.flatMap((step) => Object.keys(step.after));
    expect(written.filter((path) => !meta.writes.includes(path))).toEqual([]);
  });

  it(row.undo === undefined ? 'is undone exactly' : 'is undone to the default', () => {
    const undone = applyChange(after, undoOf(change));
    const expected = leavesOf(row.undo?.body ?? {}).reduce(
      (resource, [path, value]) => withValue(resource, path, value),
      observation.resource,
    );
    expect(change.undo.kind).toBe(row.undo?.kind ?? 'exact');
    expect(undone).toEqual(expected);
  });
}

function describeNoChange(row: NotOfferedRow, plan: Plan): void {
  it('offers no change, and says what a person can do', () => {
    const { reason, guidance } = row.notOffered;
    if (typeof guidance === 'string') {
      expect(plan).toEqual({ kind: 'not-offered', reason, guidance });
      return;
    }
    expect(plan).toEqual({ kind: 'not-offered', reason, guidance: expect.any(String) as string });
    for (const pattern of guidance) {
      expect('guidance' in plan && plan.guidance).toMatch(pattern);
    }
  });
}

/** One line that goes on after the name of a resource, in the present tense and without an end of its own. */
const sentenceEnd = /^(?!.*(\{value\}|undefined|null))[a-z]+s\b[^\p{C}]{5,140}(?<![.\s])$/u;

/** Names that no control reads, so that adding them may change nothing. */
const unrelatedNames = fc.string({ minLength: 1, maxLength: 8 }).map((name) => `unrelated ${name}`);
const unrelated = fc.dictionary(unrelatedNames, fc.jsonValue({ maxDepth: 2 }), {
  maxKeys: 4,
}) as fc.Arbitrary<JsonObject>;

/** JSON of every shape, and values that look almost like the good ones. */
const anyJson = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
  fc.constantFrom<Json>(
    0,
    1,
    '',
    'true',
    'false',
    'True',
    'None ',
    'none',
    'NONE',
    'disabled',
    'Disabled,Enabled',
  ),
  fc.constantFrom<Json>(
    'TLS1_0',
    'TLS1_1',
    'tls1_2',
    'TLS1_2 ',
    'TLS0_9',
    'TLS1.2',
    'TLS',
    'SSL3_0',
    'TLS1_02x',
  ),
);

function describeProperties(remediator: Remediator, table: Table): void {
  const observations = [...table.inSync, ...table.drifted, ...(table.notApplicable ?? [])].map((row) =>
    observationOf(remediator, row),
  );
  const judged = judgedPaths(remediator, table);

  it('is not moved by anything unrelated', () => {
    fc.assert(
      fc.property(fc.constantFrom(...observations), unrelated, unrelated, (observation, extra, tags) => {
        const noisy = withNoise(observation.resource, extra, tags);
        const root = observation.root === observation.resource ? noisy : observation.root;
        expect(detectFrozen(remediator, { ...observation, resource: noisy, root })).toEqual(
          detectFrozen(remediator, observation),
        );
      }),
    );
  });

  it('clears nothing but a good value, whatever JSON is there', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...observations),
        fc.constantFrom(...judged),
        anyJson,
        (observation, path, value) => {
          const resource = withValue(observation.resource, path, value);
          const finding = findingOrMalformed(remediator, { ...observation, resource });
          if (finding?.kind === 'in-sync') {
            const good = table.inSync.map((row) => valueAt(row.resource, path));
            expect(good).toContainEqual(valueAt(resource, path));
          }
        },
      ),
      { numRuns: runs(300) },
    );
  });

  it('says what is wrong in a short line without secrets, whatever JSON is there', () => {
    const secret = `${'A'.repeat(86)}==`;
    const hostile = fc.oneof(anyJson, fc.string({ unit: 'binary', maxLength: 3_000 }), fc.constant(secret));
    fc.assert(
      fc.property(hostile, fc.constantFrom<Exposure>('real', 'latent'), (actual, exposure) => {
        const seen = { control: remediator.meta.id, differences: [{ path: 'any', actual }], exposure };
        const said = driftText([remediator.meta], seen);
        expect(said).toMatch(/^[a-z]+s\b[^\p{C}]{5,160}$/u);
        expect(said).not.toContain('AAAAAAAAAA');
      }),
      { numRuns: runs(200) },
    );
  });

  it('never clears what the source may have left out', () => {
    for (const row of table.inSync) {
      for (const path of judged) {
        const resource = withoutValue(row.resource, path);
        const finding = detectFrozen(remediator, observationOf(remediator, { ...row, resource }, false));
        expect(finding).toEqual({ kind: 'unknown', path });
      }
    }
  });
}

/** The paths by which the table's drifts differ. */
function judgedPaths(remediator: Remediator, { drifted }: Table): readonly string[] {
  const drifts = drifted.map((row) => driftOf(detectFrozen(remediator, observationOf(remediator, row))));
  return [...new Set(drifts.flatMap(({ differences }) => differences.map(({ path }) => path)))];
}

function withNoise(resource: ArmResource, extra: JsonObject, tags: JsonObject): ArmResource {
  const properties = resource.properties as JsonObject;
  return {
    ...extra,
    ...resource,
    type: resource.type.toLowerCase(),
    tags,
    properties: { ...extra, ...properties },
  };
}

function findingOrMalformed(remediator: Remediator, observation: Observation): Finding | undefined {
  try {
    return detectFrozen(remediator, observation);
  } catch (error) {
    expect(error).toBeInstanceOf(RemediationError);
    expect(error).toHaveProperty('code', 'malformed-input');
    return undefined;
  }
}

const account =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/models/providers/Microsoft.Storage/storageAccounts/weights';
const identities = {
  'storage-account': { id: account, name: 'weights', type: 'Microsoft.Storage/storageAccounts' },
  'blob-container': {
    id: `${account}/blobServices/default/containers/checkpoints`,
    name: 'checkpoints',
    type: 'Microsoft.Storage/storageAccounts/blobServices/containers',
  },
} as const;

/** What the engine would hand to the remediator. */
function observationOf(
  { meta }: Remediator,
  { resource, root }: Omit<Row, 'name'>,
  isComplete = true,
): Observation {
  const judged: ArmResource = { ...identities[meta.part], ...resource };
  if (meta.part === meta.observes) {
    return { resource: judged, root: judged, isComplete };
  }
  return { resource: judged, root: root && { ...identities[meta.observes], ...root }, isComplete };
}

/** Asks with input that cannot be altered. */
function detectFrozen(remediator: Remediator, observation: Observation): Finding {
  return remediator.detect(deepFreeze(structuredClone(observation)));
}

function planFrozen(remediator: Remediator, observation: Observation, drift: Drift): Plan {
  return remediator.plan(deepFreeze(structuredClone(observation)), deepFreeze(structuredClone(drift)));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}

function driftOf(finding: Finding): Drift {
  if (finding.kind !== 'drifted') {
    throw new Error(`Expected a drift, found: ${JSON.stringify(finding)}`);
  }
  return finding;
}

/** The properties of a body by dotted path. */
function leavesOf(body: JsonObject, prefix = ''): readonly (readonly [path: string, value: Json])[] {
  return Object.entries(body).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? leavesOf(value as JsonObject, `${prefix}${name}.`)
      : [[`${prefix}${name}`, value] as const],
  );
}
