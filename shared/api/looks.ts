import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { lookRoles } from '../approval/look-service.ts';
import { permit } from './access.ts';
import { answer, body, refusals } from './describe.ts';
import type { ApiEnvironment, ApiParts } from './parts.ts';
import { CallRefusal } from './problem.ts';
import { LookAnswer, LookBody } from './schemas.ts';

const askLook = createRoute({
  method: 'post',
  path: '/api/looks',
  summary: 'Ask for a look at a resource now',
  description:
    'The worker reads the resource at once, and tries again what was refused or is held there. Nothing is decided by it.',
  request: { body: body(LookBody) },
  ...permit('ask for a look', lookRoles),
  responses: {
    202: answer('The worker is told', LookAnswer),
    ...refusals('not-found', 'too-many', 'too-large', 'wrong-media-type'),
  },
});

/** Adds the route by which people ask for a look. */
export function addLooks(api: OpenAPIHono<ApiEnvironment>, { looks }: ApiParts): void {
  api.openapi(askLook, async (context) => {
    const result = await looks.ask(context.req.valid('json').resource, context.var.caller);
    if (result.kind === 'refused') {
      const { code, message, retryAfterInMs } = result;
      const after =
        retryAfterInMs === undefined ? {} : { 'Retry-After': String(Math.ceil(retryAfterInMs / 1_000)) };
      throw new CallRefusal(code, `Cannot ask for a look: ${message}`, {}, after);
    }
    return context.json({ root: result.root }, 202);
  });
}
