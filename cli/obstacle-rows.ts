import type { CaseSummary } from '../shared/api/schemas.ts';

/** Rows with the obstacle to a case's change; none if no obstacle is known. */
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
