import { z } from 'zod';
import { byUrgency, severities } from '../shared/case-index/figures.ts';
import type { CaseView } from '../shared/case-index/case-index.ts';
import type { IndexedCase } from '../shared/case-index/indexed-case.ts';
import { chainPattern } from '../shared/ledger/format/keys.ts';
import { caseStates } from '../shared/ledger/format/states.ts';

/** The selection of cases that a list shows. */
export interface CaseFilter {
  readonly state: (typeof caseStates)[number] | undefined;
  readonly severity: (typeof severities)[number] | undefined;
  readonly control: string | undefined;
  readonly subscription: string | undefined;
  readonly waiting: 'me' | undefined;
  /** Counted from 1. */
  readonly page: number;
}

const fields = {
  state: z.enum(caseStates),
  severity: z.enum(severities),
  control: z.string().regex(/^[a-z0-9-]{1,100}$/),
  subscription: z.string().toLowerCase().regex(chainPattern),
  waiting: z.literal('me'),
  page: z.coerce.number().int().min(1).max(100_000),
};

/** Reads the query of a list. Unreadable values are left out and reported. */
export function readFilter(query: Readonly<Record<string, string>>): {
  readonly filter: CaseFilter;
  readonly faults: readonly string[];
} {
  const faults: string[] = [];
  const read = <T>(name: keyof typeof fields, schema: z.ZodType<T>): T | undefined => {
    const given = query[name];
    if (given === undefined || given === '') {
      return undefined;
    }
    const result = schema.safeParse(given);
    if (!result.success) {
      faults.push(`“${name}” has a value that it cannot have: choose one below.`);
    }
    return result.data;
  };
  const filter = {
    state: read('state', fields.state),
    severity: read('severity', fields.severity),
    control: read('control', fields.control),
    subscription: read('subscription', fields.subscription),
    waiting: read('waiting', fields.waiting),
    page: read('page', fields.page) ?? 1,
  };
  return { filter, faults };
}

/**
 * The cases of a view that pass a filter, most urgent first; closed cases newest first. The filter does not ask for
 * whom a case waits.
 */
export function filtered(
  { open, closed }: CaseView,
  filter: Omit<CaseFilter, 'page' | 'waiting'>,
): readonly IndexedCase[] {
  const { state, severity, control, subscription } = filter;
  const cases = (state === 'closed' ? closed : open).filter(
    (one) =>
      (state === undefined || one.state === state) &&
      (severity === undefined || one.severity === severity) &&
      (control === undefined || one.control === control) &&
      (subscription === undefined || one.chain === subscription),
  );
  return state === 'closed'
    ? cases.toSorted((one, other) => (other.closedAt ?? 0) - (one.closedAt ?? 0))
    : cases.toSorted(byUrgency);
}
