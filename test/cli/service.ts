import { apiWith, type OpenApi } from '../../cli/api.ts';
import type { ApiWorld } from '../support/api-world.ts';

/** Where the command line is told that the service is. */
export const serviceUrl = 'https://leakstop.test';

/** The client of the command line, for somebody with these roles; what it sends goes to the API on loopback. */
export function openApiAs(world: ApiWorld, ...roles: string[]): OpenApi {
  return apiWith(
    (scope) => {
      if (scope !== `api://${world.tenant.clientId}/.default`) {
        throw new Error(`a token for ${scope} opens nothing here`);
      }
      return world.tenant.accessToken({ roles: roles.map((role) => `Leakstop.${role}`) });
    },
    (url, init) => {
      if (typeof url !== 'string' || !url.startsWith(`${serviceUrl}/`)) {
        throw new Error('the token was sent elsewhere');
      }
      return fetch(url.replace(serviceUrl, world.url), init);
    },
  );
}

export function placeOf(world: ApiWorld): string[] {
  return ['--api', serviceUrl, '--client-id', world.tenant.clientId];
}
