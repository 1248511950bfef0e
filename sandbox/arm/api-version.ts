import { invalidApiVersion, missingApiVersion, noRegisteredProvider } from './arm-error.ts';
import { locationOf } from './resource-store.ts';
import type { StoredResource } from './resource-store.ts';
import type { ResourceType } from './resource-type.ts';

const form = /^\d{4}-\d{2}-\d{2}(-(preview|alpha|beta|rc|privatepreview))?$/i;

/** The version that a call asks for. Throws where there is none or its form is wrong. */
export function readApiVersion(url: URL, supported: readonly string[]): string {
  const version = [...url.searchParams].find(([name]) => name.toLowerCase() === 'api-version')?.[1] ?? '';
  if (version === '') {
    throw missingApiVersion();
  }
  if (!form.test(version)) {
    throw invalidApiVersion(version, supported);
  }
  return version.toLowerCase();
}

/** Throws unless the type knows the version. */
export function checkApiVersion(
  version: string,
  type: ResourceType,
  resource: StoredResource | undefined,
): void {
  if (type.apiVersions.includes(version)) {
    return;
  }
  const [namespace = '', ...segments] = type.type.split('/');
  if (namespace === 'Microsoft.Resources') {
    throw invalidApiVersion(version, type.apiVersions);
  }
  const location = locationOf(resource?.body) || 'westeurope';
  throw noRegisteredProvider(version, segments.join('/').toLowerCase(), location, type.apiVersions);
}
