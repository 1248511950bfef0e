import { parseQuery } from './parse-query.ts';
import { QueryError } from './query-error.ts';
import { runOperator } from './run-operator.ts';
import type { Table } from './table.ts';

export interface QueryResult extends Table {
  /** Whether more rows than fit a page can be asked for: not after `take`, `limit` or `top`. */
  readonly isLimited: boolean;
}

/**
 * Runs a query in the subset of Kusto over tables by name.
 *
 * @throws QueryError for what is not Kusto, names nothing, or is not modelled
 */
export function runQuery(
  text: string,
  tableOf: (name: string) => Table | undefined,
  now: number,
): QueryResult {
  const { table, operators } = parseQuery(text);
  const start = tableOf(table.name);
  if (start === undefined) {
    throw new QueryError(
      'InvalidTableName',
      `Table ${table.name} is invalid or not modelled`,
      table.name,
      table.position,
    );
  }
  const result = operators.reduce<Table>((before, operator) => runOperator(operator, before, now), start);
  return { ...result, isLimited: operators.some(({ kind }) => kind === 'take' || kind === 'top') };
}
