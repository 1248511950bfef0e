import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { Accounting } from './accounting.ts';
import { createAdmin } from './admin.ts';
import type { ArmBody } from './arm/arm-body.ts';
import { createArm } from './arm/arm.ts';
import type { Arm, ArmOptions } from './arm/arm.ts';
import { builtInRoles } from './arm/built-in-roles.ts';
import type { RoleDefinition } from './arm/roles.ts';
import { FaultRegistry } from './faults.ts';
import { createIdentityEndpoint, legacyTokenPath, tokenPath } from './identity/endpoint.ts';
import type { IdentityEndpoint } from './identity/endpoint.ts';
import type { Entra } from './identity/entra.ts';
import { startEntra } from './identity/entra.ts';
import { PrincipalRegistry } from './identity/principals.ts';
import type { Principal } from './identity/principals.ts';
import { TokenIssuer } from './identity/tokens.ts';
import type { KeyVault } from './key-vault/key-vault.ts';
import { startKeyVault } from './key-vault/key-vault.ts';
import { createTls } from './tls.ts';
import type { Tls } from './tls.ts';
import { close, listen } from './wire/listening.ts';

export interface AzureOptions extends Pick<
  ArmOptions,
  'latency' | 'limits' | 'types' | 'pageSize' | 'now' | 'sleep' | 'faults'
> {
  /** Where certificates and `running.json` are written. */
  readonly directory: string;
  /** Certificates that other services use already; new ones when absent. */
  readonly tls?: Tls;
  /** Ports to listen on; free ones where absent. */
  readonly ports?: { readonly arm?: number; readonly identity?: number; readonly admin?: number };
  readonly tenantId?: string;
  /** Bodies to load as resources. */
  readonly estate?: readonly ArmBody[];
  /** Role definitions beside the built-in ones. */
  readonly roles?: readonly RoleDefinition[];
  /** Further routes of the admin API. */
  readonly adminRoutes?: readonly ((app: Hono) => void)[];
}

/** Identities of one app, as the platform would assign them to it. */
export interface AppIdentities {
  /** The one used when the app names none. */
  readonly systemAssigned?: Principal;
  readonly userAssigned?: readonly Principal[];
}

/** A running Azure. */
export interface Azure {
  /** Such as `https://localhost:40001`. */
  readonly armUrl: string;
  readonly adminUrl: string;
  readonly identityEndpoint: string;
  /** Secret of the operator's shell; apps get their own from `environment`. */
  readonly identityHeader: string;
  readonly caFile: string;
  readonly tenantId: string;
  /** Owner of everything, for shells and stories. */
  readonly operator: Principal;
  readonly arm: Arm;
  readonly identity: IdentityEndpoint;
  readonly issuer: TokenIssuer;
  readonly entra: Entra;
  readonly keyVault: KeyVault;
  readonly principals: PrincipalRegistry;
  readonly faults: FaultRegistry;
  readonly accounting: Accounting;
  /** Registers an app with these identities and returns what its process needs in its environment to use them. */
  environment(identities: AppIdentities): Record<string, string>;
  /**
   * What the shell of a person needs in its environment, so that programs in it act as that person. Found by name, user
   * principal name or object id.
   * @throws Error when there is nobody of that name
   */
  shellOf(person: string): Record<string, string>;
  /** What such shells get beside, such as where an app is. */
  readonly shellSettings: Record<string, string>;
  stop(): Promise<void>;
}

const defaultTenantId = '6babcaad-604b-40ac-a9d7-9fd97c0b779f';

/** Starts certificates, Resource Manager, the login and the identity endpoint, a key vault and the admin API. Throws if a port is taken. */
export async function startAzure(options: AzureOptions): Promise<Azure> {
  const tls = options.tls ?? (await createTls(options.directory));
  const tenantId = options.tenantId ?? defaultTenantId;
  const now = options.now ?? Date.now;
  const issuer = await TokenIssuer.create({ tenantId, now });
  const principals = new PrincipalRegistry();
  const faults = options.faults ?? new FaultRegistry();
  const accounting = new Accounting();
  const arm = createArm({ ...options, issuer, principals, faults, accounting });
  const entra = await startEntra({ tls, issuer, principals, faults });
  const identity = createIdentityEndpoint({ issuer: entra, faults });
  const { environment, shellOf, shellSettings } = openShells(identity, principals, () => addresses);
  const routes = options.adminRoutes ?? [];
  const admin = createAdmin({ arm, tokens: entra, shellOf, faults, accounting, routes });
  const operator = furnish(arm, options);

  const listeners = { arm: arm.listener, identity: identity.listener, admin: toListener(admin) };
  const [servers, keyVault] = await Promise.all([
    startServers(listeners, tls, options.ports),
    startKeyVault({ tls, issuer, faults, now }),
  ]);
  const identityUrl = `http://127.0.0.1:${servers.ports.identity}`;
  const shell = identity.addHost({ systemAssigned: operator });
  const addresses = {
    armUrl: `https://localhost:${servers.ports.arm}`,
    adminUrl: `http://127.0.0.1:${servers.ports.admin}`,
    identityEndpoint: `${identityUrl}${tokenPath}`,
    identityHeader: shell.header,
    caFile: tls.caFile,
    tenantId,
  };
  const msiEndpoint = `${identityUrl}${legacyTokenPath(shell)}`;
  const running = await writeRunning(options.directory, {
    ...addresses,
    msiEndpoint,
    operator: operator.objectId,
  });
  return {
    ...addresses,
    operator,
    arm,
    identity,
    issuer,
    entra,
    keyVault,
    principals,
    faults,
    accounting,
    environment,
    shellOf,
    shellSettings,
    stop: async () => {
      await Promise.all([servers.stop(), keyVault.stop(), entra.stop(), rm(running, { force: true })]);
    },
  };
}

/** Loads the estate, the roles and the operator. */
function furnish(arm: Arm, { roles = [], estate = [] }: AzureOptions): Principal {
  for (const role of [...builtInRoles, ...roles]) {
    arm.roles.define(role);
  }
  for (const body of estate) {
    arm.state.load(body);
  }
  const operator = arm.principals.add({
    objectId: crypto.randomUUID(),
    clientId: crypto.randomUUID(),
    displayName: 'sandbox-operator',
    kind: 'ManagedIdentity',
  });
  arm.roles.assign({ principalObjectId: operator.objectId, role: 'Owner', scope: '/' });
  return operator;
}

/** What processes get in their environment, so that they act as an app or as a person. */
function openShells(
  identity: IdentityEndpoint,
  principals: PrincipalRegistry,
  where: () => Pick<Azure, 'armUrl' | 'identityEndpoint' | 'caFile'>,
): Pick<Azure, 'environment' | 'shellOf' | 'shellSettings'> {
  const shellSettings: Record<string, string> = {};
  const environment = (identities: AppIdentities) => ({
    IDENTITY_ENDPOINT: where().identityEndpoint,
    NODE_EXTRA_CA_CERTS: where().caFile,
    IDENTITY_HEADER: identity.addHost(identities).header,
  });
  const shellOf = (person: string) => {
    const principal = principals.find(person);
    if (principal === undefined) {
      throw new Error(`nobody is called "${person}"; "npm start" prints who there is`);
    }
    const { armUrl } = where();
    return {
      ...environment({ systemAssigned: principal }),
      ARM_URL: armUrl,
      LEAKSTOP_ARM_ENDPOINT: armUrl,
      LEAKSTOP_ARM_AUDIENCE: 'https://management.azure.com',
      ...shellSettings,
    };
  };
  return { environment, shellOf, shellSettings };
}

type ServerName = 'arm' | 'identity' | 'admin';

/** Serves Resource Manager over TLS, and the rest without. */
async function startServers(
  listeners: Readonly<Record<ServerName, RequestListener>>,
  { cert, key }: Tls,
  wanted: AzureOptions['ports'] = {},
): Promise<{ readonly ports: Readonly<Record<ServerName, number>>; stop(): Promise<void> }> {
  const servers = {
    arm: createHttpsServer({ cert, key }, listeners.arm),
    identity: createHttpServer(listeners.identity),
    admin: createHttpServer(listeners.admin),
  };
  const [arm, identity, admin] = await Promise.all([
    listen(servers.arm, wanted.arm),
    listen(servers.identity, wanted.identity),
    listen(servers.admin, wanted.admin),
  ]);
  return {
    ports: { arm, identity, admin },
    stop: async () => {
      await Promise.all(Object.values(servers).map(close));
    },
  };
}

/** What other processes read to find the sandbox. */
export const runningFile = 'running.json';

async function writeRunning(directory: string, running: Record<string, string>): Promise<string> {
  const path = join(directory, runningFile);
  await mkdir(directory, { recursive: true });
  await writeFile(path, `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 });
  return path;
}

function toListener(app: Hono): RequestListener {
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  return (incoming, outgoing) => {
    void listener(incoming, outgoing);
  };
}
