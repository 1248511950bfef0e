import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { readFileSync } from 'node:fs';
import { startAzure } from '../../../sandbox/azure.ts';
import type { Azure, AzureOptions } from '../../../sandbox/azure.ts';
import type { ArmBody } from '../../../sandbox/arm/arm-body.ts';
import type { Principal } from '../../../sandbox/identity/principals.ts';

export const subscriptionId = '5b2c1f0e-6d3a-4c8e-9f10-2a7b8c9d0e1f';
export const groupId = `/subscriptions/${subscriptionId}/resourceGroups/models`;
export const accountId = `${groupId}/providers/Microsoft.Storage/storageAccounts/weights01`;

export interface Recorded {
  readonly name: string;
  readonly source: string;
  readonly apiVersion: string;
  readonly body: ArmBody;
}

/** Bodies that Azure gave, by kind. */
export function fixture(kind: string): readonly Recorded[] {
  const url = new URL(`../../../sandbox/fixtures/${kind}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as Recorded[];
}

/** An Azure in a directory of its own, whose certificate this process trusts. */
export async function startWorld(options: Partial<AzureOptions> = {}): Promise<World> {
  const azure = await startAzure({
    directory: mkdtempSync(join(tmpdir(), 'leakstop-arm-')),
    // Long enough for a busy machine to ask while it goes on.
    latency: { creation: 300 },
    ...options,
  });
  setDefaultCACertificates([...getCACertificates('bundled'), readFileSync(azure.caFile, 'utf8')]);
  azure.arm.state.addSubscription(subscriptionId, 'Research');
  azure.arm.state.addGroup(subscriptionId, 'models');
  return new World(azure);
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ArmBody;
  readonly error: { readonly code: string; readonly message: string };
}

export class World {
  readonly azure: Azure;

  constructor(azure: Azure) {
    this.azure = azure;
  }

  /** Adds a principal; with an action or more it gets a role of its own on everything. */
  addPrincipal(displayName: string, actions: readonly string[] = [], scope = '/'): Principal {
    const principal = this.azure.principals.add({
      objectId: crypto.randomUUID(),
      clientId: crypto.randomUUID(),
      displayName,
      kind: 'ManagedIdentity',
    });
    if (actions.length > 0) {
      this.azure.arm.roles.define({ name: `${displayName} role`, actions });
      this.azure.arm.roles.assign({
        principalObjectId: principal.objectId,
        role: `${displayName} role`,
        scope,
      });
    }
    return principal;
  }

  async tokenOf(principal: Principal, resource = 'https://management.azure.com'): Promise<string> {
    return (await this.azure.issuer.mint(principal, resource)).token;
  }

  /** One call as the operator, or as somebody else, with whatever headers. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    options: {
      readonly as?: Principal;
      readonly headers?: Record<string, string>;
      readonly apiVersion?: string;
    } = {},
  ): Promise<Answer> {
    const token = await this.tokenOf(options.as ?? this.azure.operator);
    const version = path.includes('api-version=')
      ? ''
      : `${path.includes('?') ? '&' : '?'}api-version=${options.apiVersion ?? '2023-05-01'}`;
    const url = path.startsWith('https:') ? path : `${this.azure.armUrl}${path}${version}`;
    const answer = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...options.headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const json = (text === '' ? {} : JSON.parse(text)) as ArmBody;
    return {
      status: answer.status,
      headers: answer.headers,
      body: json,
      error: json.error as Answer['error'],
    };
  }
}
