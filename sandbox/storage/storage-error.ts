import { randomUUID } from 'node:crypto';

/** The data services of a storage account, under the names that faults use. */
export type StorageService = 'blobs' | 'queues' | 'tables';

export interface StorageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const defaultCodes: Readonly<Record<number, string>> = {
  403: 'AuthorizationPermissionMismatch',
  404: 'ResourceNotFound',
  409: 'Conflict',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServerBusy',
};

const messages: Readonly<Record<string, string>> = {
  AuthorizationPermissionMismatch:
    'This request is not authorized to perform this operation using this permission.',
  InternalError: 'Server encountered an internal error. Please try again after some time.',
  InvalidAuthenticationInfo:
    'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.',
  KeyBasedAuthenticationNotPermitted: 'Key based authentication is not permitted on this storage account.',
  ServerBusy: 'The server is busy.',
  UnauthorizedBlobOverwrite: 'This request is not authorized to perform blob overwrites.',
};

/**
 * An error in the form of the service: JSON from tables, XML from queues and blobs, with the code in a header too.
 * Without a code it is the usual one for the status.
 */
export function storageError(service: StorageService, status: number, code?: string): StorageAnswer {
  const errorCode = code ?? defaultCodes[status] ?? 'InternalError';
  const requestId = randomUUID();
  const text = `${messages[errorCode] ?? 'The request failed.'}\nRequestId:${requestId}\nTime:${new Date().toISOString()}`;
  const isTable = service === 'tables';
  const body = isTable
    ? JSON.stringify({ 'odata.error': { code: errorCode, message: { lang: 'en-US', value: text } } })
    : `<?xml version="1.0" encoding="utf-8"?><Error><Code>${errorCode}</Code><Message>${text}</Message></Error>`;
  return {
    status,
    headers: {
      'content-type': isTable ? 'application/json;odata=minimalmetadata;charset=utf-8' : 'application/xml',
      'x-ms-error-code': errorCode,
      'x-ms-request-id': requestId,
      'x-ms-version': '2025-01-05',
    },
    body,
  };
}
