import { beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../shared/errors.ts';
import { isTransient, RemediationError } from '../../../shared/errors.ts';
import { sha256 } from '../../../shared/ledger/format/json.ts';
import type { Ledger } from '../../../shared/ledger/ledger.ts';
import { openLedger } from '../../../shared/ledger/open-ledger.ts';
import type { Policy } from '../../../shared/policy/policy.ts';
import { defaultPolicy } from '../../../shared/policy/policy.ts';
import type { DocumentReading, PolicySource } from '../../../shared/policy/policy-source.ts';
import { openPolicySource } from '../../../shared/policy/policy-source.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryFiles } from '../../support/memory-files.ts';
import { MemoryTable } from '../../support/memory-table.ts';

const document = 'policy.yaml';
const nameOf = (text: string) => `sha256:${sha256(text)}`;

/** A text that begins with "bad" is no policy. */
function read(text: string): Promise<DocumentReading> {
  const reading: DocumentReading = text.startsWith('bad')
    ? { kind: 'refused', faults: [`1:1: ${text} is not a policy`] }
    : { kind: 'policy', policy: { ...defaultPolicy, name: nameOf(text) } };
  return Promise.resolve(reading);
}

let files: MemoryFiles;
let table: MemoryTable;
let clock: ManualClock;
/** What reading the container comes to instead, while it is set. */
let failure: Error | undefined;
let logged: string[];

beforeEach(() => {
  files = new MemoryFiles();
  table = new MemoryTable();
  clock = new ManualClock();
  failure = undefined;
  logged = [];
});

function ledgerOf(): Ledger {
  return openLedger({ table: table.client(), bodies: { putBody: never, getBody: never }, clock });
}

/** What a fresh process would open. */
function open(): PolicySource {
  const log = (message: string) => void logged.push(message);
  const error = (message: string) => log(`error: ${message}`);
  return openPolicySource({
    files: files.client(() => {
      if (failure !== undefined) {
        throw failure;
      }
    }),
    ledger: ledgerOf(),
    read,
    clock,
    logger: { information: log, warning: log, error },
  });
}

function never(): never {
  throw new Error('not expected');
}

async function later(source: PolicySource): Promise<Policy> {
  clock.advance(31_000);
  return source.current();
}

const told = () =>
  table
    .rows()
    .filter(({ rowKey }) => String(rowKey).startsWith('entry!'))
    .map(({ header }) => (JSON.parse(String(header)) as { kind: string }).kind);

describe('the policy that holds', () => {
  it('is the default until there is a document, and nothing is written of it', async () => {
    expect((await open().current()).name).toBe('default');
    expect(told()).toEqual([]);
  });

  it('is the document, told once however many processes read it, its text kept under its hash', async () => {
    files.texts.set(document, 'one');
    const source = open();
    expect((await source.current()).name).toBe(nameOf('one'));
    expect((await later(source)).name).toBe(nameOf('one'));
    expect((await open().current()).name).toBe(nameOf('one'));
    expect(told()).toEqual(['policy-loaded']);
    expect(files.texts.get(`in-force/${sha256('one')}.yaml`)).toBe('one');
  });

  it('changes with the document, within half a minute', async () => {
    files.texts.set(document, 'one');
    const source = open();
    await source.current();
    files.texts.set(document, 'two');
    expect((await source.current()).name).toBe(nameOf('one'));
    expect((await later(source)).name).toBe(nameOf('two'));
    expect(told()).toEqual(['policy-loaded', 'policy-loaded']);
  });

  it.each<[string, string | undefined]>([
    ['is not valid', 'bad'],
    ['is gone', undefined],
    ['is larger than any policy', ' '.repeat(600_000)],
  ])('stays when the document %s: also in a fresh process, and it is said once', async (_, text) => {
    files.texts.set(document, 'one');
    const source = open();
    await source.current();
    files.texts.delete(document);
    if (text !== undefined) {
      files.texts.set(document, text);
    }
    expect((await later(source)).name).toBe(nameOf('one'));
    expect((await later(source)).name).toBe(nameOf('one'));
    expect((await open().current()).name).toBe(nameOf('one'));
    expect(told()).toEqual(['policy-loaded', 'policy-refused']);
    expect(logged.filter((line) => line.includes('not taken'))).toHaveLength(1);
  });

  it('comes back when the document is mended', async () => {
    files.texts.set(document, 'one');
    const source = open();
    await source.current();
    files.texts.set(document, 'bad');
    await later(source);
    files.texts.set(document, 'one');
    expect((await later(source)).name).toBe(nameOf('one'));
    files.texts.set(document, 'bad');
    await later(source);
    await later(open());
    expect(told()).toEqual(['policy-loaded', 'policy-refused', 'policy-loaded', 'policy-refused']);
  });

  it('is none when the first document is not valid: nothing starts, and the place is named', async () => {
    files.texts.set(document, 'bad');
    await expect(open().current()).rejects.toMatchObject({
      code: 'policy-invalid',
      message: 'Cannot use the policy: 1:1: bad is not a policy',
    });
    files.texts.set(document, 'one');
    expect((await open().current()).name).toBe(nameOf('one'));
  });

  it.each<[ErrorCode | undefined, ErrorCode]>([
    ['storage-unavailable', 'storage-unavailable'],
    ['identity-unavailable', 'identity-unavailable'],
    ['access-denied', 'policy-invalid'],
    ['request-refused', 'policy-invalid'],
    ['internal-error', 'policy-invalid'],
    [undefined, 'policy-invalid'],
  ])(
    'is the last one when reading comes to %s, and in a fresh process its want is %s',
    async (code, want) => {
      files.texts.set(document, 'one');
      const source = open();
      await source.current();
      const message = 'Cannot read "policy.yaml": no';
      failure = code === undefined ? new TypeError(message) : new RemediationError(code, message);
      expect((await later(source)).name).toBe(nameOf('one'));
      const line = 'The policy cannot be read: the last one holds';
      expect(logged).toEqual([want === code ? line : `error: ${line}`]);
      const thrown = await open()
        .current()
        .catch((error: unknown) => error);
      expect(thrown).toMatchObject({ code: want, message: expect.stringContaining(message) as string });
      expect(isTransient(thrown)).toBe(true);
      failure = undefined;
      files.texts.set(document, 'two');
      expect((await later(source)).name).toBe(nameOf('two'));
    },
  );

  it('is not taken from a kept text that somebody changed', async () => {
    files.texts.set(document, 'one');
    await open().current();
    files.texts.set(`in-force/${sha256('one')}.yaml`, 'two');
    files.texts.set(document, 'bad');
    await expect(open().current()).rejects.toMatchObject({ code: 'policy-invalid' });
  });
});
