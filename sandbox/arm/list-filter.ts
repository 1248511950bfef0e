import { isBody } from './arm-body.ts';
import { FilterFault, compileFilter } from './odata-filter.ts';
import type { FilterVocabulary } from './odata-filter.ts';
import { invalidOption } from './query-options.ts';
import type { StoredResource } from './resource-store.ts';

/** What a condition on a list is asked about: a resource, and one of its tags where it has some. */
export interface ListedItem {
  readonly resource: StoredResource;
  /** Id of what is listed under. */
  readonly scope: string;
  readonly tag?: readonly [name: string, value: string];
}

export type ListFilter = FilterVocabulary<ListedItem> & {
  /** Whether a bare text, which is no condition, means the beginning of the name. */
  readonly takesPrefix?: boolean;
};

/** Conditions on one tag: `tagName eq 'a' and tagValue eq 'b'` wants both of the same tag. */
export const tagFields = {
  tagName: ({ tag }: ListedItem) => tag?.[0],
  tagValue: ({ tag }: ListedItem) => tag?.[1],
};

/** Makes the test of a `$filter`; all pass where there is none. @throws ArmError 400 for what the list cannot be filtered by */
export function readListFilter(
  text: string | undefined,
  filter: ListFilter | undefined,
): (item: Pick<ListedItem, 'resource' | 'scope'>) => boolean {
  if (text === undefined) {
    return () => true;
  }
  if (filter?.takesPrefix === true && /^[^\s'()]+$/.test(text)) {
    return ({ resource }) => String(resource.body.name).startsWith(text);
  }
  const test = compile(text, filter ?? {});
  return (item) => variantsOf(item).some(test);
}

function compile(text: string, filter: ListFilter): (item: ListedItem) => boolean {
  try {
    return compileFilter(text, filter);
  } catch (error) {
    if (error instanceof FilterFault) {
      throw invalidOption('$filter', text, `The sandbox cannot take it: ${error.message}.`);
    }
    throw error;
  }
}

function variantsOf(item: Pick<ListedItem, 'resource' | 'scope'>): readonly ListedItem[] {
  const { tags } = item.resource.body;
  const entries = isBody(tags) ? Object.entries(tags) : [];
  return entries.length === 0
    ? [item]
    : entries.map(([name, value]) => ({ ...item, tag: [name, String(value)] }));
}
