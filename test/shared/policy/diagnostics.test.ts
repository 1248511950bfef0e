import { describe, expect, it, test } from 'vitest';
import type { Diagnostic } from '../../../shared/policy/diagnostic.ts';
import { longestText } from '../../../shared/policy/text-faults.ts';
import { account, group, read, subscription } from '../../support/policies.ts';

/** A document in which `»` stands before each place that must be told, and what must be told there, in order. */
type Row = readonly [document: string, ...told: readonly RegExp[]];

const rows = (table: readonly Row[]) => table.map(([document, ...told]) => ({ document, told }));

function expectTold(marked: string, told: readonly RegExp[], severity: Diagnostic['severity']): void {
  const places: { line: number; column: number }[] = [];
  let [line, column] = [1, 1];
  for (const unit of marked.split('')) {
    if (unit === '»') {
      places.push({ line, column });
      continue;
    }
    [line, column] = unit === '\n' ? [line + 1, 1] : [line, column + 1];
  }
  const { diagnostics, accepted } = read(marked.replaceAll('»', ''));
  const found = diagnostics.filter((each) => each.severity === severity);
  expect(found.map((each) => ({ line: each.line, column: each.column }))).toEqual(places);
  found.forEach(({ path, message, mend }, index) =>
    expect(`${path}: ${message}; ${mend}`).toMatch(told[index] ?? /^$/),
  );
  expect(found).toHaveLength(told.length);
  expect(accepted === undefined).toBe(severity === 'error');
}

const exemption = (fields: string) =>
  `format: 1\nexemptions:\n  - { name: e, scope: ${group}, control: account-tls, owner: o, reason: r, ticket: t, ${fields} }`;
const rule = (fields: string) => `format: 1\nrules:\n  - { name: a, ${fields} }`;
const window = (fields: string) => `format: 1\nwindows:\n  - { name: w, ${fields} }`;
const networks = (fields: string) => `format: 1\nnetworks: { ${fields} }`;
const limits = (fields: string) => `format: 1\nlimits: { ${fields} }`;

const faultyTexts: readonly Row[] = [
  ['»', /the file is empty; write at least "format: 1"/],
  ['»  \n\n', /empty/],
  ['»# only a comment\n', /expected a mapping of keys.*format: 1/],
  ['»\uFEFFformat: 1', /byte order mark/],
  ['format: 1»\r\nrules: []\r\n', /carriage return.*LF/],
  ['format: 1\n# »\u0007', /control character/],
  ['format: 1\n# »\uD800', /half a character/],
  [`»${' '.repeat(longestText + 1)}`, /more than a policy may have/],
  ['format: 1\nrules:\n»\t- name: a', /[Tt]abs.*indent with blanks/],
  ['format: 1\n»---\nformat: 1', /more than one document; keep one/],
  ['format: 1\n...\n»format: 1', /more than one document/],
  ['format: 1\nrules: [»', /not YAML/],
  ['format: 1\nrules: "open»', /not YAML: Missing closing "quote/],
  [
    `format: 1\n»»${'prose without an end '.repeat(500)}\n\nand: more`,
    /^.{0,300}; correct the YAML here$/,
    /^.{0,300}; correct the YAML here$/,
  ],
  ['format: »!custom 1', /Unresolved tag.*without "!"/],
  ['format: 1\n»format: 1', /format: the key "format" is there twice; keep one/],
  ['{"format": 1, »"format": 1}', /twice/],
  ['format: 1\nrules: &a »[]', /rules: anchors and aliases are not taken; write the value out/],
  ['format: &a »1\nrules: »*a', /anchors/, /anchors/],
  ['format: 1\n»1: 2', /a key is not a text/],
  ['format: 1\n? »[a]\n: 2', /a key is not a text/],
  ['{"format": 1, »"__proto__": {}}', /a key is not a text/],
  [`${'['.repeat(17)}»[${']'.repeat(18)}`, /too deep; nest at most 16/],
];

const faultyShapes: readonly Row[] = [
  ['»hello', /expected a mapping of keys/],
  ['»- 1', /expected a mapping of keys/],
  ['»rules: []', /format: "format" is missing; Version of this format/],
  ['format: »2', /format: expected 1/],
  ['format: »"1"', /format: expected 1/],
  ['format: 1\n»ruls: []', /ruls: unknown key "ruls"; did you mean "rules"\?/],
  ['format: 1\n»wholly-other: []', /the keys here are .*rules, exemptions/],
  ['format: 1\nrules:»\n', /rules: expected a list/],
  ['format: 1\nrules: »{}', /rules: expected a list/],
  ['format: 1\nrules: [»1]', /rules\[0\]: expected a mapping/],
  ['format: 1\nrules: [»{ name: a }]', /rules\[0\]\.mode: "mode" is missing; off: nothing/],
  [
    rule('mode: »autoo'),
    /rules\[0\]\.mode: expected one of off, observe, approve, auto; did you mean "auto"/,
  ],
  [rule('mode: »true'), /expected one of off/],
  [rule('mode: observe, »scop: x'), /rules\[0\]\.scop: unknown key "scop"; did you mean "scope"/],
  [rule('mode: observe, settings: { »a: 1 }'), /settings\.a: unknown key.*nothing may stand here yet/],
  [rule('mode: observe, severity: »hihg'), /did you mean "high"/],
  [rule('mode: observe, severity: [low, »hihg]'), /rules\[0\]\.severity\[1\].*did you mean "high"/],
  [rule('mode: observe, severity: »[]'), /expected at least one/],
  [rule('mode: observe, tag: »{}'), /expected at least one tag/],
  [rule('mode: observe, tag: { a: »1 }'), /rules\[0\]\.tag\.a: expected a text \(quote it/],
  [rule('mode: observe, tag: { »" a": b }'), /rules\[0\]\.tag\. a: expected one line without blanks/],
  [rule('mode: observe, scope: »5'), /scope: expected a text or a list of texts/],
  [rule('mode: observe, scope: [»5]'), /scope\[0\]: expected a text \(quote/],
  [rule('mode: observe, scope: »[]'), /expected at least one/],
  [rule('mode: observe, scope: »/subscriptions/x'), /expected "\*", or the id of a subscription/],
  [rule(`mode: observe, scope: »${subscription}/`), /expected "\*", or the id/],
  [rule(`mode: observe, scope: »${group}*`), /expected "\*", or the id/],
  [rule(`mode: observe, scope: »${group}/providers/Microsoft.Storage`), /expected "\*", or the id/],
  [
    rule('mode: observe, scope: »/providers/Microsoft.Management/managementGroups/a'),
    /expected "\*", or the id/,
  ],
  [rule('mode: observe, control: »a*b'), /with "\*" at its end at most/],
  [rule('mode: observe, type: »storageAccounts'), /expected a resource type/],
  ['format: 1\nrules: [{ name: »A, mode: observe }]', /expected lower-case words/],
  ['format: 1\nrules: [{ name: »default, mode: observe }]', /another name/],
  [`format: 1\nrules: [{ name: »${'a'.repeat(65)}, mode: observe }]`, /at most 64 characters/],
  [exemption('created: 2026-02-01, expires: »2026-02-30'), /expected a day/],
  [exemption('created: »2026-02-01T12:00, expires: 2026-03-30'), /a time with its offset/],
  [exemption('created: »20260201, expires: 2026-03-30'), /created: expected a text/],
  [
    `format: 1\nexemptions:\n  - ${'»'.repeat(7)}{ name: e }`,
    /scope" is missing/,
    /control" is missing/,
    /owner" is missing/,
    /reason" is missing/,
    /ticket" is missing/,
    /created" is missing/,
    /expires" is missing/,
  ],
  [exemption('created: 2026-02-01, expires: 2026-03-30, »tag: {}'), /unknown key "tag"/],
  [
    networks('approved: [{ name: n, cidr: »10.0.0.1/8 }]'),
    /first address of the range: bits after the first 8/,
  ],
  [networks('approved: [{ name: n, cidr: [»"2001:db8::1/32"] }]'), /bits after the first 32/],
  [networks('approved: [{ name: n, cidr: »10.0.0.0/33 }]'), /at most 32 bits/],
  [networks('approved: [{ name: n, cidr: »"::/129" }]'), /at most 128 bits/],
  [networks('approved: [{ name: n, cidr: »0.0.0.0/0 }]'), /not the whole Internet/],
  [networks('approved: [{ name: n, cidr: »10.0.0.0 }]'), /expected a range of addresses/],
  [networks('approved: [{ name: n, cidr: »10.0.0/8 }]'), /expected a range of addresses/],
  [networks('approved: [{ name: n, cidr: »10.0.0.0/08 }]'), /expected a range of addresses/],
  [networks(`guardedSubnets: [»${account}]`), /expected the id of a subnet/],
  [window('days: [mon], from: "01:00", to: "02:00", zone: »Europe/Berln'), /IANA time zone/],
  [window('days: [mon], from: "01:00", to: "02:00", zone: »"+01:00"'), /IANA time zone/],
  [window('days: [»mo], from: "01:00", to: "02:00", zone: UTC'), /days\[0\]: .*did you mean "mon"/],
  [window('days: »[], from: "01:00", to: "02:00", zone: UTC'), /expected at least one/],
  [
    window('days: [mon], from: »"1:00", to: »"25:00", zone: UTC'),
    /from: expected a time/,
    /to: expected a time/,
  ],
  [
    window('days: [mon], from: "01:00", to: "02:00", zone: UTC, exceptCritical: »yes'),
    /expected true or false/,
  ],
  ['format: 1\nownership: [{ name: o, owner: x, due: »1m }]', /a time from 5m to 365d/],
  ['format: 1\nownership: [{ name: o, owner: x, due: »4 hours }]', /a time from 5m to 365d/],
  ['format: 1\napprovers: [{ name: o, scope: "*", principals: [{ id: »me, label: x }] }]', /expected a GUID/],
  ['format: 1\napprovers: [{ name: o, scope: "*", principals: »[] }]', /expected at least one/],
  ['format: 1\nazurePolicyExemptions: [{ name: o, scope: "*", mostDays: »366 }]', /from 1 to 365/],
  [limits('exemptionDays: »366'), /from 1 to 365/],
  [limits('exemptionDays: »0'), /from 1 to 365/],
  [limits('changesPerHour: »1.5'), /whole number from 1 to 10000/],
  [limits('changesPerHour: »10001'), /from 1 to 10000/],
  [limits('tenantChangesPerHour: »0'), /from 1 to 100000/],
  [limits('criticalReserve: »0.95'), /from 0 to 0.9/],
  [limits('criticalReserve: ».nan'), /expected a number/],
  [limits('breaker: { failures: »0, within: »5m }'), /from 1 to 100/, /from 10m to 30d/],
  [limits('tugOfWar: { rounds: »1, within: »31d }'), /from 2 to 100/, /from 10m to 30d/],
];

const faultyMeanings: readonly Row[] = [
  [
    'format: 1\nrules:\n  - { name: a, mode: observe }\nfreezes: [{ name: »a, from: 2026-04-01, until: 2026-04-02, reason: r }]',
    /freezes\[0\]\.name: the name "a" is that of rules\[0\] already/,
  ],
  [
    rule('mode: observe, control: »account-tsl'),
    /there is no control "account-tsl"; did you mean "account-tls"/,
  ],
  [
    rule('mode: observe, control: [account-tls, »bucket-*]'),
    /control\[1\]: no control begins with "bucket-"/,
  ],
  [rule('mode: observe, control: »resource-observable'), /kept by Leakstop itself/],
  [
    rule('mode: observe, type: »Microsoft.Storage/storageAccount'),
    /no control judges.*did you mean "Microsoft.Storage\/storageAccounts"/,
  ],
  ['format: 1\nrelease: [{ name: r, scope: "*", control: »nothing-like-it }]', /known are account-tls/],
  [exemption('created: 2026-02-01, expires: »2026-02-01'), /expires before it holds/],
  [exemption('created: 2026-02-01, expires: »2026-05-03'), /holds for 91 days, and at most 90/],
  [
    `${exemption('created: 2026-02-01, expires: »2026-02-12')}\nlimits: { exemptionDays: 10 }`,
    /holds for 11 days, and at most 10/,
  ],
  [
    'format: 1\nfreezes: [{ name: f, from: 2026-04-01, until: »2026-04-01, reason: r }]',
    /ends before it begins/,
  ],
  [window('days: [mon], from: "02:00", to: »"02:00", zone: UTC'), /it never opens.*00:00.*24:00/],
  [window('days: [mon], from: »"24:00", to: "02:00", zone: UTC'), /it never opens/],
  [
    'format: 1\nrules:\n  - { name: a, control: [account-tls, account-https], mode: auto }\n  - { name: b, control: [account-https, account-tls], mode: »approve }',
    /contradicts the rule "a".*"auto"/,
  ],
];

const doubtful: readonly Row[] = [
  [
    'format: 1\nrules:\n  - { name: a, control: account-*, mode: approve }\n  - »{ name: b, control: account-tls, mode: auto }',
    /never decides: the rule "a" stands before it.*move it before "a"/,
  ],
  [
    `format: 1\nrules:\n  - { name: a, scope: ${subscription.toUpperCase().replace('SUBSCRIPTIONS', 'subscriptions')}, mode: approve }\n  - »{ name: b, scope: ${account}, severity: low, tag: { a: b }, mode: observe }`,
    /never decides/,
  ],
  [
    rule('type: Microsoft.Storage/storageAccounts, control: container-access, mode: observe').replace(
      '- {',
      '- »{',
    ),
    /never matches: none of its controls judges/,
  ],
  [rule('mode: »off'), /nobody will see this drift/],
  [
    rule('tag: { a: b }, mode: off').replace('tag: {', 'tag: »{').replace('off', '»off'),
    /never decides: a tag that is not in protectedTags/,
    /nobody will see/,
  ],
  [
    rule('control: account-network, mode: »auto'),
    /"account-network" is closed without asking.*own mode is "approve"/,
  ],
  [rule('control: account-encryption, mode: »auto'), /cannot be undone/],
  [exemption('created: 2026-01-01, expires: »2026-03-01'), /it has expired/],
  [exemption('created: »2026-03-02, expires: 2026-03-03'), /does not hold yet/],
  [
    exemption('created: 2026-02-01, expires: 2026-03-30').replace(`scope: ${group}`, 'scope: »"*"'),
    /exempts resources everywhere/,
  ],
  [
    `${exemption('created: 2026-02-01, expires: 2026-03-30').replace('- {', '- »{')}\nrules: [{ name: a, scope: ${subscription}, control: account-*, mode: »off }]`,
    /the rule "a" turns off/,
    /nobody will see/,
  ],
  ['format: 1\nfreezes: [{ name: f, from: 2026-01-01, until: »2026-03-01, reason: r }]', /it has ended/],
  [window('days: [mon, »mon], from: "01:00", to: "02:00", zone: UTC'), /the day is there twice/],
  [limits('changesPerHour: »2000'), /may never use its 2000 changes: all together have 1000/],
  [limits('tenantChangesPerHour: »10'), /may never use its 200 changes/],
];

describe('what is wrong is told at its place', () => {
  test.each(rows([...faultyTexts, ...faultyShapes, ...faultyMeanings]))('$document', ({ document, told }) => {
    expectTold(document, told, 'error');
  });
});

describe('what may not be meant is a warning at its place, and the document is accepted', () => {
  test.each(rows(doubtful))('$document', ({ document, told }) => {
    expectTold(document, told, 'warning');
  });
});

describe('what is meant is not doubted', () => {
  const silent = [
    'format: 1',
    '{"format": 1, "$schema": "policy.schema.json"}',
    '{\n\t"format": 1,\n\t"rules": []\n}\n',
    rule('control: "*", mode: approve'),
    rule(
      `scope: ${group.toUpperCase().replace('SUBSCRIPTIONS', 'subscriptions')}, type: microsoft.storage/STORAGEACCOUNTS, mode: observe`,
    ),
    // What earlier rules take is not closed without asking by a later one.
    'format: 1\nrules:\n  - { name: a, control: [account-network, account-encryption], mode: approve }\n  - { name: b, mode: auto }',
    // A tag that owners write takes nothing away from a rule that is stricter, or asked without it.
    'format: 1\nrules:\n  - { name: a, tag: { x: y }, mode: approve }\n  - { name: b, mode: observe }',
    // A tag with any value covers one with a certain value, not the other way round.
    'format: 1\nprotectedTags: [x]\nrules:\n  - { name: a, tag: { x: y }, mode: approve }\n  - { name: b, tag: { X: "*" }, mode: observe }',
    `format: 1\nrules:\n  - { name: a, scope: ${group}, mode: approve }\n  - { name: b, scope: ${group}-2, mode: observe }`,
    exemption('created: 2026-02-01, expires: 2026-05-02'),
    window('days: [sat, sun], from: "00:00", to: "24:00", zone: America/New_York'),
    window('days: [fri], from: "22:00", to: "05:00", zone: Europe/Berlin'),
    networks(
      'approved: [{ name: n, cidr: ["::ffff:10.0.0.0/104", 10.1.2.3/32, "2001:db8::/32", "fe80::1/128"] }]',
    ),
    'format: 1\nownership: [{ name: o, control: resource-observable, owner: x, due: 3d }]',
  ];
  test.each(silent)('%s', (document) => {
    expect(read(document).diagnostics).toEqual([]);
  });
});

it('depends on the time in warnings only: what was accepted stays valid', () => {
  const text = `${exemption('created: 2026-02-01, expires: 2026-03-30')}\nfreezes: [{ name: f, from: 2026-02-01, until: 2026-03-30, reason: r }]`;
  for (const now of ['1970-01-01', '2026-03-01', '2040-01-01']) {
    expect(read(text, new Date(now)).accepted).toBeDefined();
  }
});
