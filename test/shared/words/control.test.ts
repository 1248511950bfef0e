import { expect, it } from 'vitest';
import { catalogue } from '../../../remediators/index.ts';
import type { Json } from '../../../shared/contract/json.ts';
import { controlTitle, driftText } from '../../../shared/words/control.ts';
import { engineControls } from '../../../shared/words/engine-controls.ts';
import { caseHeading, headingText, shortHeading } from '../../../shared/words/heading.ts';

const controls = catalogue.map(({ meta }) => meta);
const account =
  '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/weights1';

function seen(control: string, ...actuals: readonly (Json | undefined)[]) {
  return { control, differences: actuals.map((actual) => ({ path: 'p', actual, desired: true })) };
}

it.each([
  [seen('storage-account-min-tls', 'TLS1_0'), 'accepts TLS 1.0'],
  [seen('storage-account-min-tls', undefined), 'accepts TLS 1.0: no minimum is set'],
  [seen('storage-account-min-tls', 'SSL3'), 'does not refuse TLS older than 1.2: its minimum is “SSL3”'],
  [seen('storage-account-blob-anonymous-access', true), 'allows anonymous access to blobs'],
  [
    seen('blob-container-anonymous-access', 'Container'),
    'allows anonymous access to its blobs and their list',
  ],
  [seen('storage-account-infrastructure-encryption', undefined), 'encrypts data only once'],
  [
    { ...seen('blob-container-anonymous-access', 'Blob'), exposure: 'latent' as const },
    'allows anonymous access to its blobs, which its account still refuses',
  ],
  [seen('storage-account-min-tls', 'TLS1_0', 'TLS1_1'), 'accepts TLS 1.0 and accepts TLS 1.1'],
  [seen('storage-account-min-tls'), 'is not as it should be: Storage account refuses TLS older than 1.2'],
  [seen('resource-observable'), 'cannot be read, or not be judged'],
  [
    seen('no-such-control', 'x'),
    'is not as the control “no-such-control” wants, which this version does not know',
  ],
])('%j is told as: %s', (drift, text) => {
  expect(driftText(controls, drift)).toBe(text);
});

it('shows no secret, no line and no length of a value that others chose', () => {
  const said = (actual: Json) => driftText(controls, seen('storage-account-min-tls', actual));
  expect(said(`${'A'.repeat(86)}==`)).toMatch(/its minimum is “\[redacted\]”$/);
  expect(said('a\nb\u202e$&')).toMatch(/is “a\\u000ab\\u202e\$&”$/);
  expect(said('x'.repeat(5_000)).length).toBeLessThan(120);
  expect(said({ a: 'x'.repeat(5_000) }).length).toBeLessThan(120);
});

it('says what the engine’s own controls find, in both sentences', () => {
  for (const { id, title, drift } of engineControls) {
    expect(controlTitle([], id)).toBe(title);
    expect(driftText([], { control: id, differences: [] })).toBe(drift);
    expect(drift).toMatch(/^[a-z][^.]+[^.]$/);
  }
  expect(controlTitle([], 'no-such-control')).toBe('no-such-control');
});

it('heads a case with the name of its resource and what is wrong', () => {
  const data = { resource: account, ...seen('storage-account-min-tls', 'TLS1_0') };
  expect(headingText(caseHeading(controls, data))).toBe('weights1 accepts TLS 1.0');
  expect(headingText(caseHeading(controls, data), (name) => `<${name}>`)).toBe('<weights1> accepts TLS 1.0');
  expect(shortHeading(controls, data)).toBe('Accepts TLS 1.0');
});

it('does not say of an undo that the leak is open', () => {
  const undo = { caseId: 'c', actor: {}, owner: 'o', reason: 'r', until: 'u' };
  const data = { resource: account, ...seen('storage-account-min-tls', 'TLS1_0'), undo };
  expect(headingText(caseHeading(controls, data))).toBe(
    'Undo on weights1: no longer so would be “Storage account refuses TLS older than 1.2”',
  );
  expect(shortHeading(controls, data)).toBe('Undo: Storage account refuses TLS older than 1.2');
});
