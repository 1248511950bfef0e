import { text } from './arm-body.ts';
import { ArmError, locationRequired } from './arm-error.ts';
import { nameOf, parseArmPath } from './arm-path.ts';
import { regionOf, regions } from './regions.ts';
import { locationOf } from './resource-store.ts';
import type { Write } from './resource-type.ts';

const gateway = { 'x-ms-failure-cause': 'gateway' };

/**
 * Refuses a place that is missing, that Azure does not have, or that is not the one where the resource is.
 *
 * @param places Names beside those of the regions, such as `global`
 */
export function requireLocation(write: Write, type: string, places: readonly string[] = []): void {
  const { request, current, id } = write;
  if (text(request, 'location') === '') {
    if (current === undefined) {
      throw locationRequired();
    }
    return;
  }
  const asked = locationOf(request);
  if (regionOf(asked) === undefined && !places.includes(asked)) {
    throw unavailable(type, text(request, 'location'));
  }
  const held = locationOf(current?.body);
  if (held !== '' && held !== asked) {
    throw elsewhere(type, id, held, asked);
  }
}

function unavailable(type: string, location: string): ArmError {
  const isGroup = type.endsWith('/resourceGroups');
  const all = regions.map(({ name }) => name).join(',');
  return isGroup
    ? new ArmError(
        400,
        'LocationNotAvailableForResourceGroup',
        `The provided location '${location}' is not available for resource group. List of available regions is '${all}'.`,
        gateway,
      )
    : new ArmError(
        400,
        'LocationNotAvailableForResourceType',
        `The provided location '${location}' is not available for resource type '${type}'. List of available regions for the resource type is '${all}'.`,
        gateway,
      );
}

function elsewhere(type: string, id: string, held: string, asked: string): ArmError {
  return type.endsWith('/resourceGroups')
    ? new ArmError(
        409,
        'InvalidResourceGroupLocation',
        `Invalid resource group location '${asked}'. The Resource group already exists in location '${held}'.`,
        gateway,
      )
    : new ArmError(
        409,
        'InvalidResourceLocation',
        `The resource '${nameOf(id)}' already exists in location '${held}' in resource group '${parseArmPath(id)?.group ?? ''}'. A resource with the same name cannot be created in location '${asked}'. Please select a new resource name.`,
        gateway,
      );
}
