import type { ScalarType } from './syntax.ts';
import type { Row } from './table.ts';

/** An expression ready to be asked of each row. Its type is known before any row is seen, as in Kusto. */
export interface Compiled {
  readonly type: ScalarType;
  readonly of: (row: Row) => unknown;
}
