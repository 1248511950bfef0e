import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { planFaults } from '../arm/fault-effects.ts';
import type { FaultRegistry } from '../faults.ts';
import type { TokenIssuer } from '../identity/tokens.ts';
import type { Tls } from '../tls.ts';
import { readBody } from '../wire/exchange.ts';
import { authorize, type KeyAction, KeyGrants } from './authorize.ts';
import { KeyRing } from './key-ring.ts';
import { badParameter, VaultError } from './vault-error.ts';

/** A vault with keys: the data plane, and what the control plane would set up. */
export interface KeyVault {
  /** Such as `https://127.0.0.1:40001`. */
  readonly url: string;
  /** Lets a principal do these things, on every key where none is named. Nobody else may do anything. */
  grant(objectId: string, actions: readonly KeyAction[], keyName?: string): void;
  revoke(objectId: string): void;
  /** What a principal did with the keys, sorted: `leakstop-links keys/read`. */
  usedBy(objectId: string): readonly string[];
  /** What a principal asked for and was refused, in the same words. */
  refusedTo(objectId: string): readonly string[];
  /** Makes a key or a new version of it; returns its id with the version. A key of the type RSA wraps, the other signs. */
  createKey(name: string, type?: 'EC' | 'RSA'): string;
  /** Enables or disables the version that the id names, or the newest. A disabled one is read, and signs nothing. */
  setEnabled(keyId: string, isEnabled: boolean): void;
  /** Calls that did what they asked for, as `POST keys/sign/action`. */
  readonly calls: readonly string[];
  stop(): Promise<void>;
}

export interface KeyVaultOptions {
  readonly tls: Tls;
  readonly issuer: TokenIssuer;
  readonly faults: FaultRegistry;
  readonly now: () => number;
  readonly port?: number;
}

interface Parts {
  readonly ring: KeyRing;
  readonly grants: KeyGrants;
  readonly calls: string[];
  readonly issuer: TokenIssuer;
}

/** Starts a vault on a loopback port. */
export async function startKeyVault(options: KeyVaultOptions): Promise<KeyVault> {
  const { tls, issuer, faults, now } = options;
  const parts: Parts = { ring: new KeyRing(now), grants: new KeyGrants(), calls: [], issuer };
  const server = createServer({ cert: tls.cert, key: tls.key }, (incoming, outgoing) => {
    serve(incoming, outgoing, faults, parts).catch((error: unknown) => outgoing.destroy(error as Error));
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  parts.ring.url = url;
  return {
    url,
    grant: (objectId, actions, keyName) => parts.grants.grant(objectId, actions, keyName),
    revoke: (objectId) => parts.grants.revoke(objectId),
    usedBy: (objectId) => parts.grants.usedBy(objectId),
    refusedTo: (objectId) => parts.grants.refusedTo(objectId),
    createKey: (name, type = 'EC') => parts.ring.create(name, { kty: type }).key.kid,
    setEnabled: (keyId, enabled) => {
      const [, , name = '', version = ''] = new URL(keyId).pathname.split('/');
      parts.ring.update(name, version, { attributes: { enabled } });
    },
    calls: parts.calls,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  faults: FaultRegistry,
  parts: Parts,
): Promise<void> {
  const { method = 'GET', url = '/' } = incoming;
  const plan = planFaults(faults.meet('key-vault', method, url));
  const text = (await readBody(incoming)).toString('utf8');
  await wait(plan.delayMs);
  if (plan.isDroppedBefore) {
    incoming.socket.destroy();
    return;
  }
  const answer = plan.answer ?? (await answerOf(method, url, incoming.headers.authorization, text, parts));
  if (plan.isDroppedAfter) {
    incoming.socket.destroy();
    return;
  }
  await wait(plan.hangMs);
  outgoing
    .writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8', ...answer.headers })
    .end(JSON.stringify(answer.body));
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

async function answerOf(
  method: string,
  path: string,
  authorization: string | undefined,
  text: string,
  parts: Parts,
): Promise<Answer> {
  try {
    const { pathname, searchParams } = new URL(path, parts.ring.url);
    const call = callOf(method, pathname);
    await authorize(authorization, call.action, { ...parts, keyName: call.keyName });
    if (searchParams.get('api-version') === null) {
      throw badParameter('The api-version query parameter is missing.');
    }
    const body = call.act(parts.ring, text === '' ? {} : parseObject(text));
    parts.calls.push(`${method} ${call.action}`);
    return { status: 200, headers: {}, body };
  } catch (error) {
    if (error instanceof VaultError) {
      return { status: error.status, headers: error.headers, body: error.body };
    }
    throw error;
  }
}

interface Call {
  readonly keyName: string;
  readonly action: KeyAction;
  act(ring: KeyRing, wanted: Record<string, unknown>): object;
}

const route =
  /^\/keys\/(?<name>[0-9A-Za-z-]{1,127})(?:\/(?<version>[0-9a-f]{32})?)?(?:\/(?<verb>create|sign|wrapkey|unwrapkey|export))?\/?$/;

function callOf(method: string, pathname: string): Call {
  const { name = '', version = '', verb = '' } = route.exec(pathname)?.groups ?? {};
  const known: Readonly<Record<string, Omit<Call, 'keyName'>>> = {
    'GET ': { action: 'keys/read', act: (ring) => ring.get(name, version) },
    'DELETE ': { action: 'keys/delete', act: (ring) => ring.delete(name) },
    'PATCH ': { action: 'keys/update/action', act: (ring, wanted) => ring.update(name, version, wanted) },
    'POST create': { action: 'keys/create/action', act: (ring, wanted) => ring.create(name, wanted) },
    'POST sign': { action: 'keys/sign/action', act: (ring, wanted) => ring.sign(name, version, wanted) },
    'POST wrapkey': { action: 'keys/wrap/action', act: (ring, wanted) => ring.wrap(name, version, wanted) },
    'POST unwrapkey': {
      action: 'keys/unwrap/action',
      act: (ring, wanted) => ring.unwrap(name, version, wanted),
    },
    'POST export': {
      action: 'keys/export/action',
      act: () => {
        throw new VaultError(403, 'Forbidden', 'The key is not exportable.');
      },
    },
  };
  const call = name === '' ? undefined : known[`${method} ${verb}`];
  if (!call) {
    throw badParameter(`The vault of the sandbox does not know ${method} ${pathname}.`);
  }
  return { ...call, keyName: name };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw badParameter('The request body is not JSON.');
  }
}
