import { inSchema } from './event.ts';
import type { EventSchema, GridEvent } from './event.ts';

/** A condition on one value of an event: one of `values` is enough; text is compared without regard to case. */
export type AdvancedFilter =
  | {
      readonly operatorType:
        'StringIn' | 'StringNotIn' | 'StringContains' | 'StringBeginsWith' | 'StringEndsWith';
      readonly key: string;
      readonly values: readonly string[];
    }
  | { readonly operatorType: 'NumberIn'; readonly key: string; readonly values: readonly number[] }
  | { readonly operatorType: 'BoolEquals'; readonly key: string; readonly value: boolean }
  | { readonly operatorType: 'IsNotNull' | 'IsNullOrUndefined'; readonly key: string };

export interface EventFilter {
  /** Exact event types; all when absent. */
  readonly eventTypes?: readonly string[];
  readonly subjectBeginsWith?: string;
  readonly subjectEndsWith?: string;
  /** All of them must hold. */
  readonly advancedFilters?: readonly AdvancedFilter[];
}

const mostFilters = 25;
const mostValues = 25;
const longestValue = 512;

/** Throws on a filter that Azure refuses. */
export function assertFilter(name: string, { advancedFilters = [] }: EventFilter): void {
  const refuse = (why: string): never => {
    throw new Error(`Cannot create event subscription "${name}": ${why}`);
  };
  const values = advancedFilters.flatMap((filter) => valuesOf(filter));
  if (advancedFilters.length > mostFilters) {
    refuse(`${advancedFilters.length} advanced filters, ${mostFilters} are allowed`);
  }
  if (values.length > mostValues) {
    refuse(`${values.length} filter values, ${mostValues} are allowed over all filters`);
  }
  if (values.some((value) => typeof value === 'string' && value.length > longestValue)) {
    refuse(`a filter value of more than ${longestValue} characters`);
  }
  const badKey = advancedFilters.find(({ key }) => !/^(?:data\.)?\w+(?:\.\w+)*$/i.test(key));
  if (badKey !== undefined) {
    refuse(`"${badKey.key}" cannot be a filter key`);
  }
}

/** Whether an event is for whoever filters so. Keys are those of the schema of delivery. */
export function matches(event: GridEvent, schema: EventSchema, filter: EventFilter): boolean {
  const { eventTypes, subjectBeginsWith = '', subjectEndsWith = '', advancedFilters = [] } = filter;
  const subject = event.subject.toLowerCase();
  return (
    (eventTypes === undefined || eventTypes.includes(event.eventType)) &&
    subject.startsWith(subjectBeginsWith.toLowerCase()) &&
    subject.endsWith(subjectEndsWith.toLowerCase()) &&
    advancedFilters.every((one) => holds(one, valueAt(inSchema(event, schema), one.key)))
  );
}

function valuesOf(filter: AdvancedFilter): readonly (string | number | boolean)[] {
  return 'values' in filter ? filter.values : 'value' in filter ? [filter.value] : [];
}

function holds(filter: AdvancedFilter, value: unknown): boolean {
  switch (filter.operatorType) {
    case 'IsNotNull':
      return isThere(value);
    case 'IsNullOrUndefined':
      return !isThere(value);
    case 'BoolEquals':
      return value === filter.value;
    case 'NumberIn':
      return typeof value === 'number' && filter.values.includes(value);
    case 'StringNotIn':
      return !holdsText('StringIn', filter.values, value);
    case 'StringIn':
    case 'StringContains':
    case 'StringBeginsWith':
    case 'StringEndsWith':
      return holdsText(filter.operatorType, filter.values, value);
  }
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

const comparisons = {
  StringIn: (text: string, wanted: string) => text === wanted,
  StringContains: (text: string, wanted: string) => text.includes(wanted),
  StringBeginsWith: (text: string, wanted: string) => text.startsWith(wanted),
  StringEndsWith: (text: string, wanted: string) => text.endsWith(wanted),
};

function holdsText(operator: keyof typeof comparisons, wanted: readonly string[], value: unknown): boolean {
  const compare = comparisons[operator];
  return typeof value === 'string' && wanted.some((one) => compare(value.toLowerCase(), one.toLowerCase()));
}

function valueAt(value: unknown, key: string): unknown {
  let current = value;
  for (const segment of key.toLowerCase().split('.')) {
    if (typeof current !== 'object' || current === null) {
      return undefined;
    }
    current = Object.entries(current).find(([name]) => name.toLowerCase() === segment)?.[1];
  }
  return current;
}
