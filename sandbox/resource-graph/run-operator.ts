import { compileAggregate } from './aggregates.ts';
import { compile, compilePredicate } from './compile.ts';
import type { Scope } from './compile.ts';
import type { Compiled } from './compiled.ts';
import { notModelled, semanticError } from './query-error.ts';
import type { Expression, NamedExpression, Operator, SortKey } from './syntax.ts';
import { columnIndex } from './table.ts';
import type { Column, Row, Table } from './table.ts';
import { compareValues, convertDynamic, toText } from './values.ts';

/** Runs one step of a query. @throws QueryError for what Kusto refuses or is not modelled */
export function runOperator(operator: Operator, table: Table, now: number): Table {
  const scope: Scope = { columns: table.columns, now };
  if (choosesRows(operator)) {
    return { ...table, rows: chooseRows(operator, table, scope) };
  }
  switch (operator.kind) {
    case 'project':
      return project(operator.columns, table, scope);
    case 'extend':
      return operator.columns.reduce((before, column) => extend(column, before, now), table);
    case 'project-away':
    case 'project-keep':
      return keepColumns(operator, table);
    case 'distinct':
      return distinct(project(operator.columns, table, scope), positionOf(operator.columns));
    case 'distinct-all':
      return distinct(table, 0);
    case 'summarize':
      return summarize(operator, table, scope);
    case 'count':
      return { columns: [{ name: 'Count', type: 'long' }], rows: [[table.rows.length]] };
    case 'mv-expand':
      return expand(operator, table, scope);
  }
}

type RowOperator = Extract<Operator, { kind: 'where' | 'order' | 'take' | 'top' }>;

function choosesRows(operator: Operator): operator is RowOperator {
  return ['where', 'order', 'take', 'top'].includes(operator.kind);
}

function chooseRows(operator: RowOperator, table: Table, scope: Scope): readonly Row[] {
  switch (operator.kind) {
    case 'where': {
      const test = compilePredicate(operator.predicate, scope, 'where');
      return table.rows.filter((row) => test(row) === true);
    }
    case 'order':
      return order(operator.keys, table, scope);
    case 'take':
      return table.rows.slice(0, operator.count);
    case 'top':
      return order(operator.keys, table, scope).slice(0, operator.count);
  }
}

function project(columns: readonly NamedExpression[], table: Table, scope: Scope): Table {
  const compiled = columns.map(({ expression }) => compile(expression, scope));
  const named = columns.map((column, index) => ({ name: nameOf(column), type: typeAt(compiled, index) }));
  const repeated = named.find(({ name }, index) => named.findIndex((other) => other.name === name) !== index);
  if (repeated !== undefined) {
    throw semanticError(
      `A column named '${repeated.name}' already exists`,
      repeated.name,
      positionOf(columns),
    );
  }
  return { columns: named, rows: table.rows.map((row) => compiled.map(({ of }) => of(row))) };
}

/** Adds a column, or replaces the one of that name in its place. */
function extend(column: NamedExpression, table: Table, now: number): Table {
  const { type, of } = compile(column.expression, { columns: table.columns, now });
  return withColumn(table, { name: nameOf(column), type }, (row) => [of(row)]);
}

/** A table with a column more, or another in its place: a row for each of the values that it is given. */
function withColumn(table: Table, column: Column, valuesOf: (row: Row) => readonly unknown[]): Table {
  const index = table.columns.findIndex(({ name }) => name === column.name);
  const at = index === -1 ? table.columns.length : index;
  return {
    columns: index === -1 ? [...table.columns, column] : table.columns.with(at, column),
    rows: table.rows.flatMap((row) =>
      valuesOf(row).map((value) => (index === -1 ? [...row, value] : row.with(at, value))),
    ),
  };
}

function keepColumns(
  { kind, names }: Extract<Operator, { kind: 'project-away' | 'project-keep' }>,
  { columns, rows }: Table,
): Table {
  const named = new Set(names.map(({ name, position }) => columnIndex(columns, name, position)));
  const kept = [...columns.keys()].filter((index) => named.has(index) === (kind === 'project-keep'));
  return {
    columns: kept.map((index) => columns[index] ?? { name: '', type: 'dynamic' }),
    rows: rows.map((row) => kept.map((index) => row[index])),
  };
}

function distinct(table: Table, position: number): Table {
  table.columns.forEach(({ name, type }) => requireKey(type, name, 'distinct', position));
  return { ...table, rows: groups(table.rows, (row) => row).map(({ key }) => key) };
}

function order(keys: readonly SortKey[], table: Table, scope: Scope): readonly Row[] {
  const compiled = keys.map(({ expression, ...key }) => {
    const value = compile(expression, scope);
    requireKey(value.type, '', 'order by', expression.position);
    return { ...key, of: value.of };
  });
  const keyed = table.rows.map((row) => ({ row, values: compiled.map(({ of }) => of(row) ?? null) }));
  keyed.sort((left, right) => {
    for (const [index, key] of compiled.entries()) {
      const difference = compareKeys(left.values[index], right.values[index], key);
      if (difference !== 0) {
        return difference;
      }
    }
    return 0;
  });
  return keyed.map(({ row }) => row);
}

function compareKeys(left: unknown, right: unknown, key: Omit<SortKey, 'expression'>): number {
  if (left === null || right === null) {
    return left === right ? 0 : (left === null) === key.areNullsFirst ? -1 : 1;
  }
  return compareValues(left, right) * (key.isDescending ? -1 : 1);
}

function summarize(
  { aggregates, by }: Extract<Operator, { kind: 'summarize' }>,
  table: Table,
  scope: Scope,
): Table {
  const keys = by.map((column) => {
    const compiled = compile(column.expression, scope);
    requireKey(compiled.type, '', 'summarize by', column.expression.position);
    return { column: { name: nameOf(column), type: compiled.type }, of: compiled.of };
  });
  const made = aggregates.map((aggregate) => compileAggregate(aggregate, scope));
  const members =
    by.length === 0
      ? [{ key: [], rows: table.rows }]
      : groups(table.rows, (row) => keys.map(({ of }) => of(row)));
  return {
    columns: [...keys.map(({ column }) => column), ...made.map(({ column }) => column)],
    rows: members.map(({ key, rows }) => [...key, ...made.map(({ of }) => of(rows))]),
  };
}

/** One row for each element of an array, or member of an object; none for an empty one, one for null. */
function expand(
  { column, type, limit }: Extract<Operator, { kind: 'mv-expand' }>,
  table: Table,
  scope: Scope,
): Table {
  const compiled = compile(column.expression, scope);
  if (compiled.type !== 'dynamic') {
    throw semanticError(
      `mv-expand of a value of type ${compiled.type}`,
      'mv-expand',
      column.expression.position,
    );
  }
  const convert = (value: unknown) =>
    type === 'string' ? toText(value, 'dynamic') : convertDynamic(value, type);
  return withColumn(table, { name: nameOf(column), type }, (row) =>
    elementsOf(compiled.of(row)).slice(0, limit).map(convert),
  );
}

function elementsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) {
    return value;
  }
  return typeof value === 'object' && value !== null
    ? Object.entries(value).map(([name, member]) => ({ [name]: member as unknown }))
    : [value];
}

/** Rows by key, in the order in which the keys came. */
function groups(
  rows: readonly Row[],
  keyOf: (row: Row) => Row,
): readonly { readonly key: Row; readonly rows: readonly Row[] }[] {
  const found = new Map<string, { key: Row; rows: Row[] }>();
  for (const row of rows) {
    const key = keyOf(row);
    const text = JSON.stringify(key);
    const group = found.get(text) ?? { key, rows: [] };
    group.rows.push(row);
    found.set(text, group);
  }
  return [...found.values()];
}

/** The name that Kusto gives a column: that of a column, or of a path with `_` between. */
function nameOf({ name, expression }: NamedExpression): string {
  return name ?? pathOf(expression).join('_');
}

function pathOf(expression: Expression): readonly string[] {
  if (expression.kind === 'column') {
    return [expression.name];
  }
  if (expression.kind === 'member' && typeof expression.key === 'string') {
    return [...pathOf(expression.of), expression.key];
  }
  throw notModelled('An expression without a name', '', expression.position);
}

function requireKey(type: string, name: string, of: string, position: number): void {
  if (type === 'dynamic') {
    throw semanticError(
      `${of} ${name === '' ? 'a key' : `'${name}'`} of a 'dynamic' type. Please use an explicit cast`,
      of,
      position,
    );
  }
}

function typeAt(compiled: readonly Compiled[], index: number): Column['type'] {
  return compiled[index]?.type ?? 'dynamic';
}

function positionOf(columns: readonly NamedExpression[]): number {
  return columns[0]?.expression.position ?? 0;
}
