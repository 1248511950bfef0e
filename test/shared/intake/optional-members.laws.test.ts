import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storageAccountRoot } from '../../../shared/azure/observers/storage-account.ts';
import { sortNotes } from '../../../shared/engine/look/notes.ts';
import { parseReconcileRequest, type ReconcileRequest } from '../../../shared/work/request.ts';
import { requestFor } from '../../../shared/intake/intake.ts';
import { runs } from '../../support/effort.ts';
import published from '../../fixtures/events/published.json' with { type: 'json' };

const subscription = '11111111-2222-3333-4444-555555555555';
const account = `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/weights`;
const guarded = { rootTypes: [storageAccountRoot], subscriptions: [subscription] };
const ourClientId = 'c0ffee00-0000-4000-8000-000000000001';

type Members = Record<string, unknown>;

/** Everything that Event Grid calls optional, in either schema, by the path from the event. */
const optional = {
  EventGridSchema: ['topic', 'data', 'dataVersion', 'metadataVersion'],
  CloudEventSchemaV1_0: ['source', 'time', 'subject', 'data', 'datacontenttype', 'dataschema'],
} as const;
const optionalOfData = {
  operation: [
    'authorization',
    'authorization.scope',
    'authorization.evidence',
    'authorization.evidence.principalType',
    'claims',
    'claims.appid',
    'claims.name',
    'correlationId',
    'httpRequest',
    'httpRequest.clientRequestId',
    'operationName',
    'resourceUri',
    'status',
  ],
  notification: [
    'resourceInfo',
    'resourceInfo.id',
    'resourceInfo.name',
    'resourceInfo.type',
    'resourceInfo.properties',
    'operationalInfo',
    'operationalInfo.resourceEventTime',
    'apiVersion',
  ],
} as const;

interface Sample {
  readonly name: string;
  readonly event: Members;
  readonly paths: readonly (readonly string[])[];
}

/** Published examples of writes, deletes and notifications, made to be about an account that is guarded. */
const samples: readonly Sample[] = examples()
  .map(({ schema, body }) => ({ schema, event: (Array.isArray(body) ? body[0] : body) as Members }))
  .filter(({ event }) => typeOf(event) !== undefined)
  .map(({ schema, event: original }, index) => {
    const type = typeOf(original)!.replace(/(Failure|Cancel)$/, 'Success');
    const kind = type.includes('Notifications') ? 'notification' : 'operation';
    const event = placed({ ...original, [schema === 'EventGridSchema' ? 'eventType' : 'type']: type });
    const paths = [
      ...optional[schema].map((path) => [path]),
      ...optionalOfData[kind].map((path) => ['data', ...path.split('.')]),
    ];
    return { name: `${type} ${schema} ${index}`, event, paths };
  });

function examples(): readonly { schema: keyof typeof optional; body: unknown }[] {
  const everything = '../shared/data/events/eventGrid.jsonl';
  const all: readonly { schema: string; body: unknown }[] = existsSync(everything)
    ? readFileSync(everything, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { schema: string; body: unknown })
    : published;
  return all.filter(
    (each): each is { schema: keyof typeof optional; body: unknown } => each.schema in optional,
  );
}

function typeOf({ type, eventType }: Members): string | undefined {
  const text = typeof eventType === 'string' ? eventType : type;
  const isOurs =
    typeof text === 'string' &&
    (/^Microsoft\.Resources\.Resource(Write|Delete)/.test(text) ||
      text.startsWith('Microsoft.ResourceNotifications.Resources.'));
  return isOurs ? text : undefined;
}

/** The event with every resource id in it made that of the account. */
function placed(event: Members): Members {
  const text = JSON.stringify(event).replaceAll(
    /"\/subscriptions\/[^"]*\/providers\/[^"?]*"/g,
    `"${account}"`,
  );
  return JSON.parse(text) as Members;
}

/** The event with another value at a path; what leads there is made where it is no object. */
function withValue(event: unknown, [name = '', ...rest]: readonly string[], value: unknown): Members {
  const members =
    typeof event === 'object' && event !== null && !Array.isArray(event) ? (event as Members) : {};
  return { ...members, [name]: rest.length === 0 ? value : withValue(members[name], rest, value) };
}

const anyJson = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    null,
    undefined,
    '',
    '{',
    '{"appid":7}',
    [],
    {},
    '\u0000',
    '\u2028',
    'x'.repeat(100_000),
  ),
  fc.constantFrom(
    '/subscriptions',
    '/subscriptions/x/tagNames/y',
    'Microsoft.Storage/storageAccounts/listKeys/action',
  ),
  fc.dictionary(fc.constantFrom('__proto__', 'appid', 'evidence', 'toString'), fc.jsonValue()),
);

const look = (event: unknown): ReconcileRequest | undefined =>
  requestFor(event, guarded, { at: '2026-11-01T10:00:07.000Z' });

it('covers both schemas, operations and notifications', () => {
  expect(samples.filter(({ name }) => name.includes('EventGridSchema')).length).toBeGreaterThan(0);
  expect(samples.filter(({ name }) => name.includes('CloudEvent')).length).toBeGreaterThan(0);
  expect(samples.filter(({ name }) => name.includes('ResourceNotifications')).length).toBeGreaterThan(0);
});

describe.each(samples)('$name', ({ event, paths }) => {
  it('leads to a look at its resource, whatever stands in one optional member', () => {
    expect(look(event)?.root).toBe(account);
    fc.assert(
      fc.property(fc.constantFrom(...paths), anyJson, (path, value) => {
        // Either of the two names of the resource may go, not both.
        const read = look(withValue(event, path, value));
        expect(read?.root.toLowerCase()).toBe(account.toLowerCase());
        expect(read?.note?.resource.toLowerCase()).toBe(account.toLowerCase());
        const sent = JSON.parse(JSON.stringify(read)) as unknown;
        expect(parseReconcileRequest(sent)).toEqual(sent);
        expect(Buffer.byteLength(Buffer.from(JSON.stringify(read)).toString('base64'))).toBeLessThanOrEqual(
          65_536,
        );
      }),
      { numRuns: runs(200) },
    );
  });

  it('is never taken for our own echo where it does not say who wrote', async () => {
    await fc.assert(
      fc.asyncProperty(anyJson, async (claims) => {
        const broken = withValue(
          withValue(event, ['data', 'claims'], claims),
          ['data', 'correlationId'],
          'ours',
        );
        const { note } = look(broken)!;
        const saysUs = JSON.stringify(note?.actor ?? {}).includes(ourClientId);
        const sorted = await sortNotes(
          {
            root: account,
            notes: [note!],
            observed: { [account.toLowerCase()]: '2099-01-01T00:00:00.000Z' },
            attempts: 0,
          },
          [ourClientId],
          () => Promise.resolve({ resource: account, appliedAt: undefined }),
        );
        expect(saysUs).toBe(false);
        expect(sorted.toSee).toHaveLength(1);
      }),
      { numRuns: runs(100) },
    );
  });
});

it('who wrote is kept where claims are a text of JSON', () => {
  const claims = JSON.stringify({ appid: 'a-client', oid: 'a-person' });
  const event = {
    id: 'event-1',
    subject: account,
    eventType: 'Microsoft.Resources.ResourceWriteSuccess',
    eventTime: '2026-11-01T10:00:00Z',
    data: { claims, authorization: JSON.stringify({ evidence: { principalType: 'User' } }) },
  };
  expect(look(event)?.note?.actor).toEqual({ appId: 'a-client', objectId: 'a-person', kind: 'User' });
});

it('a CloudEvent without its time happened when it came, and says of nobody that he did it', () => {
  const event = {
    specversion: '1.0',
    id: 'event-1',
    type: 'Microsoft.Resources.ResourceWriteSuccess',
    data: { resourceUri: account, claims: { appid: ourClientId } },
  };
  expect(look(event)?.note).toEqual({
    id: 'event-1',
    source: 'event',
    resource: account,
    time: '2026-11-01T10:00:07.000Z',
  });
});

it('a message stays within what a queue takes, however long every member is', () => {
  const long = '\u0001'.repeat(511);
  const claims = { appid: long, oid: long, app_displayname: long, name: long };
  const properties = { padding: '\u0001'.repeat(3_900) };
  const event = (type: string, data: Members) => ({
    id: long,
    subject: account,
    eventType: type,
    eventTime: '2026-11-01T10:00:00Z',
    data,
  });
  for (const each of [
    event('Microsoft.Resources.ResourceWriteSuccess', {
      claims,
      authorization: { evidence: { principalType: long } },
      correlationId: long,
      operationName: long,
      httpRequest: { clientRequestId: long },
    }),
    event('Microsoft.ResourceNotifications.Resources.CreatedOrUpdated', {
      resourceInfo: { id: account, name: 'weights', type: 'x', properties },
    }),
  ]) {
    const read = requestFor(each, guarded, { at: '2026-11-01T10:00:07.000Z', traceparent: 'x'.repeat(55) });
    expect(Buffer.from(JSON.stringify(read)).toString('base64').length).toBeLessThanOrEqual(65_536);
  }
});

it('a notification that lies deeper than any resource leaves its body behind', () => {
  let deep: unknown = 1;
  for (let level = 0; level < 50_000; level += 1) {
    deep = { deep };
  }
  const event = {
    id: 'event-1',
    subject: account,
    eventType: 'Microsoft.ResourceNotifications.Resources.CreatedOrUpdated',
    eventTime: '2026-11-01T10:00:00Z',
    data: { resourceInfo: { id: account, properties: deep } },
  };
  expect(look(event)).toMatchObject({ root: account });
  expect(look(event)).not.toHaveProperty('body');
});
