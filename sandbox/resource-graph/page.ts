import { createHash } from 'node:crypto';
import { ArmError } from '../arm/arm-error.ts';
import type { QueryResult } from './run-query.ts';
import type { ScalarType } from './syntax.ts';
import { toJson } from './values.ts';

/** No page holds more rows. */
export const pageMost = 1_000;

export interface PageOptions {
  readonly top: number | undefined;
  readonly skip: number | undefined;
  readonly skipToken: string | undefined;
  readonly format: 'table' | 'objectArray';
  /** What a token is good for: the query and its scope. */
  readonly context: string;
}

/** The page of a result that was asked for, as Resource Graph answers. Throws `ArmError` for a token of another query. */
export function pageOf(result: QueryResult, options: PageOptions): Readonly<Record<string, unknown>> {
  const context = createHash('sha256').update(options.context).digest('base64url').slice(0, 16);
  const { start, size } = extentOf(options, context);
  const rows = result.rows.slice(start, start + size);
  const hasMore = start + rows.length < result.rows.length;
  const canPage =
    !result.isLimited && result.columns.some(({ name, type }) => name === 'id' && type === 'string');
  return {
    totalRecords: result.rows.length,
    count: rows.length,
    data: options.format === 'table' ? toTable(result, rows) : toObjects(result, rows),
    facets: [],
    resultTruncated: String(hasMore && !canPage),
    ...(hasMore && canPage ? { $skipToken: writeToken(start + rows.length, size, context) } : {}),
  };
}

/** What is asked for directly comes before what the token says. */
function extentOf({ top, skip, skipToken }: PageOptions, context: string): { start: number; size: number } {
  const token = skipToken === undefined ? { start: 0, size: pageMost } : readToken(skipToken, context);
  return { start: skip ?? token.start, size: top ?? token.size };
}

type Page = QueryResult['rows'];

function toObjects({ columns }: QueryResult, rows: Page): unknown {
  return rows.map((row) =>
    Object.fromEntries(columns.map(({ name, type }, index) => [name, toJson(row[index], type)])),
  );
}

const types: Readonly<Record<ScalarType, string>> = {
  string: 'string',
  bool: 'boolean',
  long: 'integer',
  real: 'number',
  datetime: 'datetime',
  timespan: 'string',
  dynamic: 'object',
};

function toTable({ columns }: QueryResult, rows: Page): unknown {
  return {
    columns: columns.map(({ name, type }) => ({ name, type: types[type] })),
    rows: rows.map((row) => columns.map(({ type }, index) => toJson(row[index], type))),
  };
}

function writeToken(start: number, size: number, context: string): string {
  return Buffer.from(JSON.stringify([start, size, context])).toString('base64url');
}

function readToken(token: string, context: string): { readonly start: number; readonly size: number } {
  const [start, size, of] = parse(token);
  if (typeof start !== 'number' || typeof size !== 'number' || of !== context) {
    throw new ArmError(400, 'BadRequest', 'The skip token is malformed or belongs to another query.');
  }
  return { start, size };
}

function parse(token: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}
