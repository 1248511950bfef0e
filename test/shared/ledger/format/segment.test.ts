import { describe, expect, test } from 'vitest';
import { FileComposer } from '../../../../shared/ledger/format/compose.ts';
import { type Body, genesis, hashBody, makeEntry } from '../../../../shared/ledger/format/entry.ts';
import { canonicalJson } from '../../../../shared/ledger/format/json.ts';
import {
  endLine,
  entryLine,
  type Manifest,
  manifestLine,
  parseLine,
  segmentName,
} from '../../../../shared/ledger/format/segment.ts';

const chain = 'tenant';
const body: Body = { salt: '0'.repeat(32), payload: { text: '"header":{"leakstop":"end": é' } };
const bodyText = canonicalJson(body);
const entry = makeEntry(genesis(chain), {
  time: '2026-03-01T12:00:00.000Z',
  kind: 'baseline-started',
  case: null,
  bodyHash: hashBody(body),
});
const manifest: Manifest = {
  leakstop: 'export',
  format: 1,
  chains: [{ chain, from: 1, previous: genesis(chain).hash }],
  createdAt: '2026-03-02T00:00:00.000Z',
};

describe('lines', () => {
  // Written down once: these are files that people keep.
  test('have these bytes', () => {
    expect(manifestLine(manifest)).toBe(
      `{"chains":[{"chain":"tenant","from":1,"previous":"${genesis(chain).hash}"}],"createdAt":"2026-03-02T00:00:00.000Z","format":1,"leakstop":"export"}`,
    );
    expect(entryLine({ headerText: entry.text, bodyText })).toBe(
      `{"body":${bodyText},"header":${entry.text}}`,
    );
    expect(entryLine({ headerText: entry.text })).toBe(`{"header":${entry.text}}`);
    expect(entryLine({ headerText: entry.text, erased: { record: 7 } })).toBe(
      `{"erased":{"record":7},"header":${entry.text}}`,
    );
    expect(endLine([{ chain, to: 1, hash: entry.hash, entries: 1, bodies: 1 }])).toBe(
      `{"chains":[{"bodies":1,"chain":"tenant","entries":1,"hash":"${entry.hash}","to":1}],"end":true}`,
    );
    expect(segmentName(chain, 1, 20)).toBe('segments/tenant/0000000000000001-0000000000000020.ndjson');
  });

  test('are canonical JSON, and are read back', () => {
    const written = [{ headerText: entry.text, bodyText }, { headerText: entry.text }].map(entryLine);
    for (const line of [...written, entryLine({ headerText: entry.text, erased: {} })]) {
      expect(canonicalJson(JSON.parse(line) as object)).toBe(line);
      expect(parseLine(line)).toMatchObject({
        kind: 'entry',
        entry: { header: entry.header, hash: entry.hash },
      });
    }
    expect(parseLine(written[0]!)).toMatchObject({ entry: { bodyText, erased: undefined } });
    expect(parseLine(written[1]!)).toMatchObject({ entry: { bodyText: undefined, erased: undefined } });
    expect(parseLine(manifestLine(manifest))).toEqual({ kind: 'manifest', manifest });
  });

  test.each([
    ['neither a manifest', '{}'],
    ['neither a manifest', ''],
    ['not JSON', `{"header":${entry.text}`],
    ['not JSON', `${manifestLine(manifest)} `.slice(0, 50) + '"leakstop":'],
    ['canonical', `{"header":${entry.text.replace(':1,', ': 1,')}}`],
    ['beside its header', `{"bodies":{},"header":${entry.text}}`],
    ['beside its header', `{"body":null,"header":${entry.text}}`],
    ['"record"', `{"erased":{"record":0},"header":${entry.text}}`],
    ['nrecognized key', `{"erased":{"by":1},"header":${entry.text}}`],
    ['"format"', manifestLine(manifest).replace('"format":1', '"format":2')],
    ['"leakstop"', manifestLine(manifest).replace('"export"', '"import"')],
    ['"chains.0.chain"', manifestLine(manifest).replace('"tenant"', '"Tenant"')],
    ['canonical', manifestLine(manifest).replace('{', '{ ')],
    ['"end"', '{"chains":[],"end":false}'],
  ])('fail with %s', (message, text) => expect(() => parseLine(text)).toThrow(message));

  test('a manifest names each chain once, a segment only one', () => {
    const [one] = manifest.chains;
    expect(() => manifestLine({ ...manifest, chains: [one!, one!] })).toThrow('each chain once');
    expect(() => manifestLine({ ...manifest, chains: [one!, { ...one!, chain: 'service' }] })).toThrow(
      'sorted',
    );
    expect(() => manifestLine({ ...manifest, leakstop: 'segment', chains: [] })).toThrow('one chain');
    expect(() => manifestLine({ ...manifest, leakstop: 'segment', filter: {} })).toThrow('no filter');
  });
});

describe('composing a file', () => {
  test('counts what the last line says', () => {
    const composer = new FileComposer(manifest);
    expect(parseLine(composer.last().trimEnd())).toMatchObject({
      end: { chains: [{ to: 0, hash: genesis(chain).hash, entries: 0, bodies: 0 }] },
    });
    const second = makeEntry({ chain, sequence: 1, hash: entry.hash }, entry.header);
    const text =
      composer.first() +
      composer.entry({ headerText: entry.text, bodyText }) +
      composer.entry({ headerText: second.text }) +
      composer.last();
    expect(text.split('\n')).toHaveLength(5);
    expect(parseLine(text.trimEnd().split('\n').at(-1)!)).toEqual({
      kind: 'end',
      end: { end: true, chains: [{ chain, to: 2, hash: second.hash, entries: 2, bodies: 1 }] },
    });
  });

  test('refuses an entry of another chain', () => {
    const other = makeEntry(genesis('service'), entry.header);
    expect(() => new FileComposer(manifest).entry({ headerText: other.text })).toThrow('"service"');
  });
});
