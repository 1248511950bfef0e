import { QueryError } from './query-error.ts';
import type { ScalarType } from './syntax.ts';

export interface Column {
  readonly name: string;
  readonly type: ScalarType;
}

export type Row = readonly unknown[];

/** Rows with one value for each column. A text is never null; every other value may be. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

/** Index of a column. Names are known in their own case only. @throws QueryError when there is none */
export function columnIndex(columns: readonly Column[], name: string, position: number): number {
  const index = columns.findIndex((column) => column.name === name);
  if (index === -1) {
    throw new QueryError(
      'InvalidColumnNames',
      `Column names are invalid or not projected: '${name}'`,
      name,
      position,
    );
  }
  return index;
}
