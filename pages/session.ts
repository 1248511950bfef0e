import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { CookieOptions } from 'hono/utils/cookie';

/**
 * The session is the ID token itself. A cookie holds 4 KiB, and a token with many groups is larger. The token is
 * therefore kept in pieces: `__Host-leakstop-session`, then `-2`, `-3`, ...
 */
const sessionCookie = '__Host-leakstop-session';
const pieceLength = 3_800;
const mostPieces = 5;

const kept = { httpOnly: true, secure: true, sameSite: 'Lax', path: '/' } as const satisfies CookieOptions;

function pieceName(index: number): string {
  return index === 0 ? sessionCookie : `${sessionCookie}-${index + 1}`;
}

/** The token in the request's cookies; undefined without one. */
export function readSession(context: Context): string | undefined {
  let session = '';
  for (let index = 0; index < mostPieces; index += 1) {
    const piece = getCookie(context, pieceName(index));
    if (piece === undefined || piece === '') {
      break;
    }
    session += piece;
  }
  return session === '' ? undefined : session;
}

/** False when the token is too large for the cookies of a browser. */
export function keepSession(context: Context, session: string): boolean {
  if (session.length > pieceLength * mostPieces) {
    return false;
  }
  for (let index = 0; index < mostPieces; index += 1) {
    const piece = session.slice(index * pieceLength, (index + 1) * pieceLength);
    if (piece !== '') {
      setCookie(context, pieceName(index), piece, kept);
    } else if (getCookie(context, pieceName(index)) !== undefined) {
      deleteCookie(context, pieceName(index), kept);
    }
  }
  return true;
}

export function endSession(context: Context): void {
  for (let index = 0; index < mostPieces; index += 1) {
    if (index === 0 || getCookie(context, pieceName(index)) !== undefined) {
      deleteCookie(context, pieceName(index), kept);
    }
  }
}

/** Time for which a browser keeps the memory of a sign-in that has begun. */
const attemptSeconds = 600;

export function keepAttempt(context: Context, attempt: string, memory: string): void {
  setCookie(context, `__Host-leakstop-sign-in-${attempt}`, memory, { ...kept, maxAge: attemptSeconds });
}

/** The memory of a sign-in that has begun. It is deleted: it is good for one answer. */
export function takeAttempt(context: Context, attempt: string | undefined): string | undefined {
  if (attempt === undefined) {
    return undefined;
  }
  const name = `__Host-leakstop-sign-in-${attempt}`;
  const memory = getCookie(context, name);
  if (memory !== undefined) {
    deleteCookie(context, name, kept);
  }
  return memory;
}

/** Name of the hidden field of every form. */
export const formField = 'form';

/** Proves that we made a form for this session and this address. */
export function formToken(session: string, path: string): string {
  return createHmac('sha256', session).update(`leakstop form ${path}`).digest('base64url');
}

export function isFormToken(session: string, path: string, given: string | undefined): boolean {
  const expected = Buffer.from(formToken(session, path));
  const actual = Buffer.from(given ?? '');
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

/**
 * True if a POST comes from a page of ours, as far as the browser tells. Our pages send no referrer, and with that
 * policy a browser says "null" for the origin of a form. "null" counts only together with `Sec-Fetch-Site`, which no
 * page can set.
 */
export function isFromOurPages(headers: Headers, webUrl: string): boolean {
  const site = headers.get('sec-fetch-site');
  const origin = headers.get('origin');
  if (site !== null && site !== 'same-origin') {
    return false;
  }
  return origin === null || origin === webUrl || (origin === 'null' && site === 'same-origin');
}
