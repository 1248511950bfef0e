import type { CaseSummary } from '../shared/api/schemas.ts';

/** What stands in the way of a case's change, as rows of a name and a text; none where nothing of the kind is known. */
export function obstacleRows({
  obstacle,
  resource,
}: Pick<CaseSummary, 'obstacle' | 'resource'>): readonly (readonly [string, string])[] {
  if (obstacle === undefined) {
    return [];
  }
  const { what, mend, sooner, until } = obstacle;
  const later = until === undefined ? '' : `at ${until}, or `;
  return [
    ['Stopped by', what],
    ['To end it', mend],
    ['Next look', `${later}at once when ${sooner} (leakstop look ${resource})`],
  ];
}
