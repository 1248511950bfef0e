import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Caller } from '../shared/entra/caller.ts';
import type { Env } from './env.ts';
import { formToken } from './session.ts';
import { type Frame, layout } from './views/layout.ts';

/** A page without the parts that the session adds. */
export type PageContext = Pick<Frame, 'title' | 'body' | 'current'>;

/** Sends a page, drawn for the signed-in person. */
export function answer(context: Context<Env>, status: ContentfulStatusCode, page: PageContext): Response {
  const caller: Caller | undefined = context.get('caller');
  const signOutToken = caller === undefined ? undefined : formToken(context.get('session'), '/sign-out');
  return context.html<string>(layout({ ...page, caller, signOutToken }).toString(), status);
}
