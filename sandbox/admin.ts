import { Hono } from 'hono';
import type { Accounting, CallFilter } from './accounting.ts';
import type { ArmBody } from './arm/arm-body.ts';
import type { Arm, ArmLatency } from './arm/arm.ts';
import type { RoleAssignment, RoleDefinition, StoredAssignment } from './arm/roles.ts';
import type { ThrottleLimits } from './arm/throttle.ts';
import type { Fault, FaultRegistry } from './faults.ts';
import type { Principal } from './identity/principals.ts';
import type { TokenSource } from './identity/endpoint.ts';

export interface AdminParts {
  readonly arm: Arm;
  readonly tokens: TokenSource;
  /** Environment of a shell in which programs act as somebody. */
  readonly shellOf: (person: string) => Readonly<Record<string, string>>;
  readonly faults: FaultRegistry;
  readonly accounting: Accounting;
  /** Each adds the routes of another part of the sandbox. */
  readonly routes?: readonly ((app: Hono) => void)[];
}

/** Makes the API by which stories, people and other processes change the simulated world. JSON in, JSON out. */
export function createAdmin(parts: AdminParts): Hono {
  const app = new Hono();
  app.get('/', (context) =>
    context.json({ routes: app.routes.map(({ method, path }) => `${method} ${path}`) }),
  );
  mountFaults(app, parts.faults);
  mountAccounting(app, parts.accounting);
  mountState(app, parts.arm);
  mountRoles(app, parts.arm);
  mountPeople(app, parts);
  mountBehaviour(app, parts.arm);
  mountDelays(app, parts.arm);
  for (const mount of parts.routes ?? []) {
    mount(app);
  }
  app.onError((error, context) => context.json({ error: error.message }, 400));
  return app;
}

function mountFaults(app: Hono, faults: FaultRegistry): void {
  app.get('/faults', (context) => context.json(faults.list()));
  app.post('/faults', async (context) =>
    context.json({ id: faults.add(await context.req.json<Fault>()) }, 201),
  );
  app.delete('/faults', (context) => {
    faults.clear();
    return context.body(null, 204);
  });
  app.delete('/faults/:id', (context) => {
    faults.remove(Number(context.req.param('id')));
    return context.body(null, 204);
  });
}

function mountAccounting(app: Hono, accounting: Accounting): void {
  const filterOf = ({ status, ...query }: Record<string, string>): CallFilter => ({
    ...query,
    ...(status === undefined ? {} : { status: Number(status) }),
  });
  app.get('/accounting', (context) => context.json(accounting.calls(filterOf(context.req.query()))));
  app.get('/accounting/counts', (context) => context.json(accounting.counts(filterOf(context.req.query()))));
  app.get('/accounting/totals', (context) => context.json(accounting.totals(filterOf(context.req.query()))));
  app.delete('/accounting', (context) => {
    accounting.reset();
    return context.body(null, 204);
  });
}

/** `/state/subscriptions/...`: the resource of that id, raw. */
function mountState(app: Hono, { state }: Arm): void {
  const idOf = (path: string) => decodeURIComponent(path.slice('/state'.length));
  app.get('/state', (context) => context.json(state.ids()));
  app.get('/state/*', (context) => {
    const body = state.get(idOf(context.req.path));
    return body === undefined ? context.json({ error: 'Not found' }, 404) : context.json(body);
  });
  app.put('/state/*', async (context) => {
    const id = idOf(context.req.path);
    state.load(await context.req.json<ArmBody>(), id);
    return context.json(state.get(id) ?? {});
  });
  app.delete('/state/*', (context) => context.body(null, state.remove(idOf(context.req.path)) ? 204 : 404));
}

function mountRoles(app: Hono, { roles }: Arm): void {
  const withheld = new Map<string, () => void>();
  app.get('/roles/definitions', (context) => context.json(roles.definitions()));
  app.put('/roles/definitions', async (context) => {
    roles.define(await context.req.json<RoleDefinition>());
    return context.body(null, 204);
  });
  app.get('/roles/assignments', (context) => context.json(roles.assignments()));
  app.post('/roles/assignments', async (context) =>
    context.json({ id: roles.assign(await context.req.json<RoleAssignment>()) }, 201),
  );
  app.delete('/roles/assignments', (context) =>
    context.json({ revoked: roles.revoke(context.req.query() as Partial<StoredAssignment>) }),
  );
  app.post('/roles/withheld', async (context) => {
    const { role, action } = await context.req.json<{ role: string; action: string }>();
    const key = `${role}|${action}`.toLowerCase();
    withheld.get(key)?.();
    withheld.set(key, roles.withhold(role, action));
    return context.body(null, 204);
  });
  app.delete('/roles/withheld', (context) => {
    withheld.forEach((giveBack) => giveBack());
    withheld.clear();
    return context.body(null, 204);
  });
}

function mountPeople(app: Hono, { arm, tokens, shellOf }: AdminParts): void {
  app.get('/principals', (context) => context.json(arm.principals.list()));
  app.post('/principals', async (context) =>
    context.json(arm.principals.add(await context.req.json<Principal>()), 201),
  );
  app.post('/shells', async (context) =>
    context.json(shellOf((await context.req.json<{ principal: string }>()).principal), 201),
  );
  app.post('/tokens', async (context) => {
    const { principal: reference, resource = 'https://management.azure.com' } = await context.req.json<{
      principal: string;
      resource?: string;
    }>();
    const principal = arm.principals.find(reference);
    if (principal === undefined) {
      return context.json({ error: `No principal "${reference}"` }, 404);
    }
    const { token, expiresOn } = await tokens.mint(principal, resource);
    return context.json({ access_token: token, expires_on: expiresOn, token_type: 'Bearer' });
  });
}

function mountBehaviour(app: Hono, arm: Arm): void {
  app.get('/limits', (context) => context.json(arm.throttle.limits));
  app.put('/limits', async (context) => {
    arm.throttle.limits = { ...arm.throttle.limits, ...(await context.req.json<Partial<ThrottleLimits>>()) };
    arm.throttle.reset();
    return context.json(arm.throttle.limits);
  });
  app.get('/latency', (context) => context.json(arm.latency));
  app.put('/latency', async (context) => {
    Object.assign(arm.latency, await context.req.json<Partial<ArmLatency>>());
    return context.json(arm.latency);
  });
  app.put('/canary', async (context) => {
    arm.keys.marker = (await context.req.json<{ marker: string }>()).marker;
    return context.body(null, 204);
  });
}

/** How long writes take to show in Resource Graph and the Activity Log, in milliseconds. */
function mountDelays(app: Hono, { resourceGraph, activityLog }: Arm): void {
  const delays = () => ({ resourceGraph: resourceGraph.delayMs, activityLog: activityLog.delayMs });
  app.get('/delays', (context) => context.json(delays()));
  app.put('/delays', async (context) => {
    const asked = await context.req.json<Partial<ReturnType<typeof delays>>>();
    resourceGraph.delayMs = asked.resourceGraph ?? resourceGraph.delayMs;
    activityLog.delayMs = asked.activityLog ?? activityLog.delayMs;
    return context.json(delays());
  });
}
