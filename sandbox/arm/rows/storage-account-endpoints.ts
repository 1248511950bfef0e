import type { ArmBody } from '../arm-body.ts';
import { member, text } from '../arm-body.ts';
import { regionOf } from '../regions.ts';

/** Services that an account of each kind has, as recorded accounts show them: Standard first, then Premium. */
const servicesByKind: Readonly<
  Record<string, readonly [standard: readonly string[], premium: readonly string[]]>
> = {
  StorageV2: [
    ['dfs', 'web', 'blob', 'queue', 'table', 'file'],
    ['web', 'blob'],
  ],
  Storage: [['blob', 'queue', 'table', 'file'], ['blob']],
  BlobStorage: [['dfs', 'blob', 'table'], []],
  BlockBlobStorage: [[], ['dfs', 'web', 'blob']],
  FileStorage: [['file'], ['file']],
};

/** Services that the Internet's routing reaches. */
const internetServices: readonly string[] = ['blob', 'file', 'dfs', 'web'];

/** Endpoints and copies of an account as its kind, sku, place and routing have them. Endpoints that it has keep their hosts. */
export function placesOf(account: ArmBody): ArmBody {
  const properties = member(account, 'properties');
  const sku = text(member(account, 'sku'), 'name');
  const isPremium = sku.startsWith('Premium');
  const services = servicesByKind[text(account, 'kind')]?.[isPremium ? 1 : 0] ?? [];
  const held = member(properties, 'primaryEndpoints');
  const hosts = Object.fromEntries(
    services.map((service) => [service, text(held, service) || endpointOf(text(account, 'name'), service)]),
  );
  const routing = member(properties, 'routingPreference');
  const region = regionOf(text(properties, 'primaryLocation'))?.paired;
  const {
    secondaryLocation,
    statusOfSecondary: _status,
    secondaryEndpoints: _secondary,
    ...rest
  } = properties;
  const isCopied = /GRS|GZRS/.test(sku) && (secondaryLocation ?? region) !== undefined;
  const copied = services.filter((service) => service !== 'file');
  return {
    ...rest,
    primaryEndpoints: routed(hosts, services, routing, ''),
    ...(isCopied ? { secondaryLocation: secondaryLocation ?? region, statusOfSecondary: 'available' } : {}),
    ...(isCopied && sku.includes('RAG')
      ? { secondaryEndpoints: routed(hosts, copied, routing, '-secondary') }
      : {}),
  };
}

/** Endpoints with those of the routings that are published before them. */
function routed(hosts: ArmBody, services: readonly string[], routing: ArmBody, suffix: string): ArmBody {
  const of = (names: readonly string[], infix: string) =>
    Object.fromEntries(
      names.map((name) => [name, text(hosts, name).replace(/^(https:\/\/[^.]+)/, `$1${infix}${suffix}`)]),
    );
  const internet = internetServices.filter((name) => services.includes(name));
  return {
    ...(routing.publishMicrosoftEndpoints === true
      ? { microsoftEndpoints: of(services, '-microsoftrouting') }
      : {}),
    ...(routing.publishInternetEndpoints === true
      ? { internetEndpoints: of(internet, '-internetrouting') }
      : {}),
    ...of(services, ''),
  };
}

function endpointOf(name: string, service: string): string {
  return `https://${name}.${service === 'web' ? 'z6.web' : service}.core.windows.net/`;
}
