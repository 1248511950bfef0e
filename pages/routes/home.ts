import type { Hono } from 'hono';
import { answer } from '../answer.ts';
import { signedIn } from '../gate.ts';
import { waitingFor } from '../mine.ts';
import type { Env } from '../env.ts';
import type { PageParts } from '../page-parts.ts';
import { dashboard } from '../views/dashboard.ts';

export function homeRoutes(app: Hono<Env>, parts: PageParts): void {
  const controls = parts.controls;
  app.get('/', signedIn(parts), async (context) => {
    const caller = context.get('caller');
    const [view, killSwitch, evidence, limits, names] = await Promise.all([
      parts.index().then((index) => index.read()),
      parts.killSwitch().then((killSwitch) => killSwitch.recent()),
      parts.evidence(),
      parts.limits().catch(() => undefined),
      parts.names(),
    ]);
    const mine =
      caller === undefined
        ? { cases: [], hasMore: false }
        : await waitingFor(await parts.decisions(), caller, view.open);
    const body = dashboard({ view, mine, controls, names, killSwitch, evidence, limits });
    return answer(context, 200, { title: 'Overview', current: '/', body });
  });
}
