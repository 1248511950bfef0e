import { expect, it } from 'vitest';
import { placeOf, subscriptionText } from '../../../shared/words/place.ts';

const id = '11111111-1111-4111-8111-111111111111';
const group = `/subscriptions/${id}/resourceGroups/Models`;
const account = `${group}/providers/Microsoft.Storage/storageAccounts/weights1`;
const in_ = { group: 'Models', subscription: id };

it.each([
  [account, { name: 'weights1', type: 'storage account', ...in_ }],
  [account.toUpperCase(), { name: 'WEIGHTS1', type: 'storage account', group: 'MODELS', subscription: id }],
  [
    `${account}/blobServices/default/containers/raw`,
    { name: 'weights1 / raw', type: 'blob container', ...in_ },
  ],
  [`${account}/fileServices/default/shares/s`, { name: 'weights1 / s', type: 'shares', ...in_ }],
  [`${account}/providers/Microsoft.Authorization/locks/keep`, { name: 'keep', type: 'locks', ...in_ }],
  [group, { name: 'Models', type: 'resource group', ...in_ }],
  [`/subscriptions/${id}`, { name: id, type: 'subscription', subscription: id }],
  ['storage-account-min-tls', { name: 'storage-account-min-tls', type: '' }],
  ['', { name: '', type: '' }],
  [`/subscriptions/${'x'.repeat(3_000)}`, { name: `/subscriptions/${'x'.repeat(3_000)}`, type: '' }],
])('%s', (resource, place) => {
  expect(placeOf(resource)).toEqual(place);
});

it('names a subscription with its id beside it, and by its id alone where no name is known', () => {
  expect(subscriptionText(id, () => 'Production')).toBe(`Production (${id})`);
  expect(subscriptionText(id)).toBe(id);
  expect(subscriptionText('tenant')).toBe('All subscriptions');
  expect(subscriptionText('service')).toBe('Leakstop itself');
  expect(
    subscriptionText(
      id,
      () => 'P',
      (text) => `<${text}>`,
    ),
  ).toBe(`<P> (<${id}>)`);
});
