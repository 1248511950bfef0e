import { armTypes } from '../contract/arm-types.ts';
import type { PartKind } from '../contract/arm-types.ts';
import { typeIn } from '../resource-id.ts';

const partWords: Readonly<Record<PartKind, string>> = {
  'storage-account': 'storage account',
  'blob-container': 'blob container',
};

const words = new Map([
  ['microsoft.resources/subscriptions', 'subscription'],
  ['microsoft.resources/subscriptions/resourcegroups', 'resource group'],
  ...Object.entries(armTypes).map(
    ([part, type]) => [type.toLowerCase(), partWords[part as PartKind]] as const,
  ),
]);

/** What a resource is called by its id: "storage account"; the last word of Azure's type where it is none of ours. */
export function resourceTypeText(resource: string): string {
  const type = typeIn(resource);
  return words.get(type.toLowerCase()) ?? type.slice(type.lastIndexOf('/') + 1);
}
