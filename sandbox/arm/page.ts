import type { ArmBody } from './arm-body.ts';
import type { Answer } from './call.ts';
import { originOf } from './call.ts';
import { invalidOption, queryOption } from './query-options.ts';

/** How a list is cut into pages. */
interface Paging {
  /** Name of the query parameter that asks for the size of a page; null where there is none. */
  readonly sizeParameter: string | null;
  readonly pageSize: number;
  /** No page is larger than this, whatever else is said. */
  readonly limit?: number | undefined;
}

/** One page of a list, with the address of the next. @throws ArmError 400 for a size or a token that is none */
export function pageOf<T>(url: URL, all: readonly T[], paging: Paging, show: (item: T) => ArmBody): Answer {
  const size = readPageSize(url, paging);
  const start = readSkipToken(url);
  const next = start + size < all.length ? { nextLink: nextLink(url, start + size) } : {};
  return { status: 200, body: { value: all.slice(start, start + size).map(show), ...next } };
}

function readPageSize(url: URL, { sizeParameter, pageSize, limit = pageSize }: Paging): number {
  const most = Math.min(pageSize, limit);
  const asked = sizeParameter === null ? undefined : queryOption(url, sizeParameter);
  if (sizeParameter === null || asked === undefined) {
    return most;
  }
  if (!/^[1-9]\d*$/.test(asked)) {
    throw invalidOption(sizeParameter, asked);
  }
  return Math.min(Number(asked), most);
}

function readSkipToken(url: URL): number {
  const token = queryOption(url, '$skipToken');
  const start = token === undefined ? '0' : Buffer.from(token, 'base64url').toString();
  if (!/^\d+$/.test(start)) {
    throw invalidOption('$skipToken', token ?? '');
  }
  return Number(start);
}

/** The same URL with the token of the next page: clients follow it as it is. */
function nextLink(url: URL, start: number): string {
  const query = [...url.searchParams]
    .filter(([name]) => name.toLowerCase() !== '$skiptoken')
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const token = Buffer.from(String(start)).toString('base64url');
  return `${originOf(url)}${url.pathname}?${[...query, `$skipToken=${token}`].join('&')}`;
}
