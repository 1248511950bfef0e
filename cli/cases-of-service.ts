import { CaseDetail, CaseListPage, type CaseSummary } from '../shared/api/schemas.ts';
import { RemediationError } from '../shared/errors.ts';
import { caseStates } from '../shared/ledger/format/states.ts';
import type { ApiClient } from './api.ts';
import { type CaseSelection, type CaseListing, type CaseSource, missingIn } from './case-source.ts';

/** Most pages that are read. The service keeps fewer. */
const mostPages = 1_000;

/** Reads cases from the service, which answers callers with a role. */
export function casesOfService(api: ApiClient, signal: AbortSignal): CaseSource {
  return {
    list: (filter) => listAll(queryOf(filter), api, signal),
    begin: (id, filter) => {
      const query = queryOf({ ...filter, state: caseStates });
      query.set('case', id);
      return listAll(query, api, signal);
    },
    show: ({ subscription, case: id }) =>
      api.get(`show the case "${id}"`, casePath(subscription, id), CaseDetail),
  };
}

/** Path of a case in the API. */
export function casePath(subscription: string, id: string): string {
  return `/api/cases/${encodeURIComponent(subscription)}/${encodeURIComponent(id)}`;
}

function queryOf(filter: CaseSelection): URLSearchParams {
  const query = new URLSearchParams({ most: '500' });
  for (const [name, values] of Object.entries(filter) as [string, readonly string[]][]) {
    values.forEach((value) => query.append(name, value));
  }
  return query;
}

/** @throws RemediationError if the service sends pages without end */
async function listAll(query: URLSearchParams, api: ApiClient, signal: AbortSignal): Promise<CaseListing> {
  const cases = new Map<string, CaseSummary>();
  for (let page = 0; page < mostPages; page += 1) {
    signal.throwIfAborted();
    const answer = await api.get('list the cases', `/api/cases?${query.toString()}`, CaseListPage);
    answer.cases.forEach((each) => cases.set(`${each.subscription}/${each.case}`, each));
    if (answer.next === undefined) {
      return { cases: [...cases.values()], missing: missingIn(answer) };
    }
    query.set('after', answer.next);
  }
  throw new RemediationError(
    'malformed-input',
    `Cannot list the cases: the service still has more after ${mostPages} pages; ask for fewer, such as with --severity`,
  );
}
