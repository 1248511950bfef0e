import { describe, expect, test } from 'vitest';
import { isTransient, RemediationError } from '../../shared/errors.ts';
import { storageStatus, toStorageError } from '../../shared/storage-errors.ts';
import { connectionReset, failure } from '../support/memory-table.ts';

const named = (name: string) => Object.assign(new Error('m'), { name });

describe('an error of Tables or Blobs', () => {
  test.each<[unknown, string, boolean]>([
    [failure(500, 'InternalError'), 'storage-unavailable', true],
    [failure(503, 'ServerBusy'), 'storage-unavailable', true],
    [failure(408, 'RequestTimeout'), 'storage-unavailable', true],
    [connectionReset(), 'storage-unavailable', true],
    [Object.assign(new Error('m'), { code: 'ENOTFOUND' }), 'storage-unavailable', true],
    [Object.assign(new Error('m'), { code: 'REQUEST_SEND_ERROR' }), 'storage-unavailable', true],
    [named('AbortError'), 'storage-unavailable', true],
    [failure(404, 'TableNotFound'), 'storage-unavailable', true],
    [failure(409, 'TableBeingDeleted'), 'storage-unavailable', true],
    [failure(429, 'TooManyRequests'), 'throttled', true],
    [failure(401, 'InvalidAuthenticationInfo'), 'identity-unavailable', true],
    [named('CredentialUnavailableError'), 'identity-unavailable', true],
    [named('AuthenticationError'), 'identity-unavailable', true],
    [failure(403, 'AuthorizationPermissionMismatch'), 'access-denied', false],
    [failure(404, 'ResourceNotFound'), 'resource-gone', false],
    [failure(409, 'EntityAlreadyExists'), 'resource-changed', true],
    [failure(412, 'UpdateConditionNotSatisfied'), 'resource-changed', true],
    [failure(400, 'InvalidInput'), 'request-refused', false],
    [new TypeError('x is not a function'), 'internal-error', false],
    ['a text', 'internal-error', false],
    [undefined, 'internal-error', false],
  ])('%s is %s', (error, code, isLater) => {
    const translated = toStorageError(error, 'read row "head"');
    expect(translated.code).toBe(code);
    expect(translated.cause).toBeInstanceOf(Error);
    expect(translated.message).toMatch(/^Cannot read row "head": /);
    expect(isTransient(translated)).toBe(isLater);
  });

  test('keeps the code that the Tables client hides in its details', () => {
    const error = { statusCode: 404, message: 'm', details: { odataError: { code: 'TableNotFound' } } };
    expect(toStorageError(error, 'x')).toMatchObject({
      code: 'storage-unavailable',
      message: 'Cannot x: 404 TableNotFound',
    });
  });

  test.each([
    [{ 'Retry-After': '7' }, 7_000],
    [{ 'retry-after-ms': '250', 'Retry-After': '7' }, 250],
    [{ 'Retry-After': 'Wed, 21 Oct 2026 07:28:00 GMT' }, undefined],
    [{}, undefined],
  ])('with %o is to be waited for', (headers, wait) => {
    expect(toStorageError(failure(503, 'ServerBusy', headers), 'x').retryAfterInMs).toBe(wait);
  });

  test('is translated once, and says nothing that is secret', () => {
    const ours = new RemediationError('throttled', 'Cannot x: later');
    expect(toStorageError(ours, 'y')).toBe(ours);
    const leaky = new Error(`AccountKey=${'k'.repeat(86)}==\nsecond line`);
    expect(toStorageError(leaky, 'x').message).toBe('Cannot x: AccountKey=[redacted]');
    expect(storageStatus(leaky)).toBeUndefined();
  });
});
