import type { Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { forRoles, operators } from '../access.ts';
import { answer } from '../answer.ts';
import { readSwitch } from '../forms.ts';
import { readForm, signedIn } from '../gate.ts';
import type { Env } from '../env.ts';
import type { PageParts } from '../page-parts.ts';
import { formToken } from '../session.ts';
import { type Filling, unfilled } from '../views/fields.ts';
import { html, type Html, nothing } from '../views/html.ts';
import { killSwitchPage, killSwitchPath } from '../views/kill-switch.ts';
import { notice } from '../views/layout.ts';
import { callerOf } from './cases.ts';

export function killSwitchRoutes(app: Hono<Env>, parts: PageParts): void {
  const gate = signedIn(parts);
  app.get(killSwitchPath, gate, (context) => show(context, parts, 200, nothing, unfilled));

  app.post(killSwitchPath, gate, forRoles(operators), async (context) => {
    const form = await readForm(context, parts);
    if (form instanceof Response) {
      return form;
    }
    const reading = readSwitch(form.typed);
    if (reading.kind === 'faulty') {
      return show(context, parts, 400, nothing, { typed: form.typed, faults: reading.faults });
    }
    const { to, reason } = reading.value;
    const result = await (await parts.decisions()).turnKillSwitch(to, reason, callerOf(context));
    (await parts.index()).touch();
    if (result.kind === 'refused') {
      const above = notice({ tone: 'bad', title: 'It was not turned', body: html`<p>${result.message}</p>` });
      const status = { malformed: 400, 'not-allowed': 403, changed: 409 } as const;
      return show(context, parts, status[result.code], above, { typed: form.typed, faults: [] });
    }
    const above = notice({
      tone: 'good',
      title: to === 'stopped' ? 'Changes are stopped' : 'Changes are allowed',
      body: html`<p>It stands in the ledger, with your name and reason.</p>
        <p>
          ${
            to === 'stopped'
              ? 'It holds from the next write on: the switch is read before each. What is being written at this moment is finished.'
              : 'What the switch held is looked at again within seconds, and changed if it is still as it should not be; where very much was held, within minutes.'
          }
        </p>`,
    });
    return show(context, parts, 200, above, unfilled);
  });
}

const readView = async (parts: PageParts) => (await parts.index()).read();

async function show(
  context: Context<Env>,
  parts: PageParts,
  status: ContentfulStatusCode,
  above: Html,
  filling: Filling,
): Promise<Response> {
  const [state, view] = await Promise.all([
    parts.killSwitch().then((killSwitch) => killSwitch.read()),
    // The switch can still be turned without the list of turns.
    readView(parts).catch(() => undefined),
  ]);
  const body = killSwitchPage({
    state,
    turns: view?.service.turns ?? [],
    isOperator: callerOf(context).roles.includes('Leakstop.Operator'),
    token: formToken(context.get('session'), killSwitchPath),
    filling,
    above,
  });
  return answer(context, status, { title: 'Kill switch', current: killSwitchPath, body });
}
