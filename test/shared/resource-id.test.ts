import { expect, it } from 'vitest';
import { ancestorOfType, isSameResource, parseResourceId } from '../../shared/resource-id.ts';

const account = '/subscriptions/AAAA/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/weights';

it.each([
  [account, 'Microsoft.Storage/storageAccounts', 'weights', 'rg'],
  [`${account}/`, 'Microsoft.Storage/storageAccounts', 'weights', 'rg'],
  [
    `${account}/blobServices/default/containers/models`,
    'Microsoft.Storage/storageAccounts/blobServices/containers',
    'models',
    'rg',
  ],
  ['/SUBSCRIPTIONS/AAAA/RESOURCEGROUPS/rg', 'Microsoft.Resources/subscriptions/resourceGroups', 'rg', 'rg'],
  ['/subscriptions/AAAA', 'Microsoft.Resources/subscriptions', 'AAAA', undefined],
  [`${account}/providers/Microsoft.Authorization/locks/keep`, 'Microsoft.Authorization/locks', 'keep', 'rg'],
])('%s is a %s', (text, type, name, resourceGroup) => {
  expect(parseResourceId(text)).toMatchObject({ type, name, resourceGroup, subscriptionId: 'aaaa' });
});

it.each([
  '',
  '/',
  'subscriptions/x',
  '/providers/Microsoft.Storage',
  '/subscriptions/x/providers/Microsoft.Storage',
  '/subscriptions/',
])('refuses %j', (text) => {
  expect(() => parseResourceId(text)).toThrow(expect.objectContaining({ code: 'malformed-input' }));
});

it.each([
  [`${account}/blobServices/default/containers/models`, account],
  [account, account],
  [account.toUpperCase(), account],
  ['/subscriptions/AAAA/resourceGroups/rg', undefined],
])('the account above %s', (text, expected) => {
  const found = ancestorOfType(parseResourceId(text), 'microsoft.storage/storageaccounts');
  expect(found?.key).toBe(expected?.toLowerCase());
});

it('compares ids without regard to case', () => {
  expect(isSameResource(account, `${account.toUpperCase()}/`)).toBe(true);
  expect(isSameResource(account, `${account}s`)).toBe(false);
});
