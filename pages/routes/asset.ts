import type { Context } from 'hono';
import { keptForever } from '../headers.ts';
import { assets } from '../style.ts';
import type { Env } from '../env.ts';

/** The style sheet and the icon, for anybody. */
export function asset(context: Context<Env>): Response | Promise<Response> {
  const found = assets.find(({ path }) => path === context.req.path);
  return found === undefined
    ? context.notFound()
    : context.body(found.content, 200, { 'content-type': found.type, 'cache-control': keptForever });
}
