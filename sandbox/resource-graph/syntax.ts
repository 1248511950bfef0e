/** A scalar expression as it was written. */
export type Expression =
  | {
      readonly kind: 'literal';
      readonly type: ScalarType;
      readonly value: unknown;
      readonly position: number;
    }
  | { readonly kind: 'column'; readonly name: string; readonly position: number }
  /** `of.name`, `of['name']` and `of[0]`. */
  | {
      readonly kind: 'member';
      readonly of: Expression;
      readonly key: string | number;
      readonly position: number;
    }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly parameters: readonly Expression[];
      readonly position: number;
    }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
      readonly position: number;
    }
  | {
      readonly kind: 'in';
      readonly operator: string;
      readonly left: Expression;
      readonly list: readonly Expression[];
      readonly position: number;
    };

export type ScalarType = 'string' | 'bool' | 'long' | 'real' | 'datetime' | 'timespan' | 'dynamic';

/** `name = expression`; without a name, the one that Kusto makes of the expression. */
export interface NamedExpression {
  readonly name: string | undefined;
  readonly expression: Expression;
}

export interface SortKey {
  readonly expression: Expression;
  readonly isDescending: boolean;
  readonly areNullsFirst: boolean;
}

/** One step of a query. */
export type Operator =
  | { readonly kind: 'where'; readonly predicate: Expression }
  | { readonly kind: 'project' | 'extend' | 'distinct'; readonly columns: readonly NamedExpression[] }
  | { readonly kind: 'distinct-all' }
  | {
      readonly kind: 'project-away' | 'project-keep';
      readonly names: readonly { readonly name: string; readonly position: number }[];
    }
  | { readonly kind: 'order'; readonly keys: readonly SortKey[] }
  | { readonly kind: 'take'; readonly count: number }
  | { readonly kind: 'top'; readonly count: number; readonly keys: readonly SortKey[] }
  | {
      readonly kind: 'summarize';
      readonly aggregates: readonly NamedExpression[];
      readonly by: readonly NamedExpression[];
    }
  | { readonly kind: 'count' }
  | {
      readonly kind: 'mv-expand';
      readonly column: NamedExpression;
      readonly type: ScalarType;
      readonly limit: number;
    };

export interface Query {
  /** In lower case. */
  readonly table: { readonly name: string; readonly position: number };
  readonly operators: readonly Operator[];
}
