import type { Conditions } from './condition.ts';

interface PropertyStep {
  /** ARM id of the resource that is written. */
  readonly target: string;
  readonly before: Conditions;
  /** Every condition is `is`: a PATCH cannot make a property absent. */
  readonly after: Conditions;
}

/** PATCH of a storage account; only the properties of `after` are sent. Not a long-running operation. */
export interface StorageAccountUpdate extends PropertyStep {
  readonly kind: 'storage-account-update';
}

/** PATCH of a blob container through Resource Manager, which leaves stored access policies alone. */
export interface BlobContainerUpdate extends PropertyStep {
  readonly kind: 'blob-container-update';
}

/** One act, with the conditions before and after it. A step is data: it can be stored, shown, resumed and undone. */
export type Step = StorageAccountUpdate | BlobContainerUpdate;

/**
 * The values that the steps write, by path without the leading `properties.`. @throws TypeError for an `absent`
 * condition
 */
export function valuesAfter(steps: readonly { readonly after: Conditions }[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [path, condition] of steps.flatMap((step) => Object.entries(step.after))) {
    if ('absent' in condition) {
      throw new TypeError(`Cannot write "${path}": a PATCH cannot make a property absent`);
    }
    values[path.replace(/^properties\./, '')] = condition.is;
  }
  return values;
}
