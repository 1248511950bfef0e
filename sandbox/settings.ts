import type { Azure } from './azure.ts';
import type { AppRegistration } from './identity/app-registrations.ts';
import type { Principal } from './identity/principals.ts';
import type { Storage } from './storage/storage.ts';
import type { Teams } from './teams/teams.ts';
import type { TelemetrySink } from './telemetry.ts';

/** Keys of the app in its vault. */
export const keyNames = {
  checkpoint: 'leakstop-checkpoints',
  decision: 'leakstop-decisions',
  link: 'leakstop-links',
  data: 'leakstop-data',
} as const;

/** The name of a key by the setting that has its address, such as `LEAKSTOP_LINK_KEY_ID`. */
export function keyNameOf(setting: string): string {
  const purpose = /^LEAKSTOP_(\w+)_KEY_ID$/.exec(setting)?.[1]?.toLowerCase() ?? '';
  const [, name] = Object.entries(keyNames).find(([key]) => key === purpose) ?? [];
  if (name === undefined) {
    throw new Error(`No key belongs to the setting "${setting}"`);
  }
  return name;
}

/** For whom tokens of Resource Manager are. */
export const armAudience = 'https://management.azure.com';

/** The storage account of each app's host. An app that could read that of another could read its keys. */
export const hostAccounts = { worker: 'leakstopworkerhost', web: 'leakstopwebhost' } as const;

/** The purpose of an identity of the app. */
export type Power = 'worker' | 'observe' | 'remediate' | 'web';

/** What application settings are made of. */
export interface SettingsParts {
  readonly azure: Azure;
  readonly storage: Storage;
  readonly telemetry: TelemetrySink;
  readonly subscriptions: readonly string[];
  readonly identities: Readonly<Record<Power, Principal>>;
  readonly registration: AppRegistration;
  readonly webUrl: string;
  readonly teams?: Pick<Teams, 'webhookUrl' | 'escalationUrl'>;
}

/** The whole environment of the app that listens, looks and repairs. */
export function workerSettings(parts: SettingsParts, role: string): Record<string, string> {
  const { azure, teams, identities } = parts;
  const { worker, observe, remediate } = identities;
  return {
    ...azure.environment({ userAssigned: [worker, observe, remediate] }),
    ...commonSettings(parts, role, worker),
    ...hostSettings(parts, hostAccounts.worker, worker),
    LEAKSTOP_DATA_KEY_ID: `${azure.keyVault.url}/keys/${keyNames.data}`,
    LEAKSTOP_ARM_ENDPOINT: azure.armUrl,
    LEAKSTOP_ARM_AUDIENCE: armAudience,
    LEAKSTOP_OBSERVE_CLIENT_ID: observe.clientId,
    LEAKSTOP_REMEDIATE_CLIENT_ID: remediate.clientId,
    ...(teams === undefined
      ? {}
      : {
          LEAKSTOP_TEAMS_WEBHOOK_URL: teams.webhookUrl,
          LEAKSTOP_ESCALATION_WEBHOOK_URL: teams.escalationUrl,
        }),
  };
}

/** The whole environment of the app that people use: it has one identity, and nothing with which to change Azure. */
export function webSettings(parts: SettingsParts): Record<string, string> {
  const { azure, identities, registration } = parts;
  return {
    ...azure.environment({ userAssigned: [identities.web] }),
    ...commonSettings(parts, 'web', identities.web),
    ...hostSettings(parts, hostAccounts.web, identities.web),
    LEAKSTOP_TENANT_ID: azure.tenantId,
    LEAKSTOP_WEB_CLIENT_ID: registration.clientId,
    LEAKSTOP_LOGIN_ENDPOINT: azure.entra.loginUrl,
    // The host's own page would stand where ours does.
    AzureWebJobsDisableHomepage: 'true',
  };
}

/** The host's own storage: without it timers do not run, and no key is known. */
function hostSettings(
  { storage }: SettingsParts,
  account: string,
  identity: Principal,
): Record<string, string> {
  const { blobs, queues, tables } = storage.urlsOf(account);
  return {
    AzureWebJobsStorage__blobServiceUri: blobs,
    AzureWebJobsStorage__queueServiceUri: queues,
    AzureWebJobsStorage__tableServiceUri: tables,
    AzureWebJobsStorage__credential: 'managedidentity',
    AzureWebJobsStorage__clientId: identity.clientId,
  };
}

function commonSettings(parts: SettingsParts, role: string, identity: Principal): Record<string, string> {
  const { azure, storage, telemetry, subscriptions, webUrl } = parts;
  // Without a version: the newest one signs, so that the key can be rotated.
  const keyId = (name: string) => `${azure.keyVault.url}/keys/${name}`;
  return {
    LEAKSTOP_ROLE: role,
    LEAKSTOP_SUBSCRIPTIONS: subscriptions.join(','),
    LEAKSTOP_CHECKPOINT_KEY_ID: keyId(keyNames.checkpoint),
    LEAKSTOP_DECISION_KEY_ID: keyId(keyNames.decision),
    LEAKSTOP_LINK_KEY_ID: keyId(keyNames.link),
    LEAKSTOP_VAULT_AUDIENCE: 'https://vault.azure.net',
    LEAKSTOP_WEB_URL: webUrl,
    LeakstopStorage__tableServiceUri: storage.urls.tables,
    LeakstopStorage__queueServiceUri: storage.urls.queues,
    LeakstopStorage__blobServiceUri: storage.urls.blobs,
    LeakstopStorage__credential: 'managedidentity',
    LeakstopStorage__clientId: identity.clientId,
    APPLICATIONINSIGHTS_CONNECTION_STRING: telemetry.connectionString,
  };
}
