import { z } from 'zod';
import { RemediationError } from './errors.ts';

const guid = z.guid('expected a GUID').transform((text) => text.toLowerCase());
const endpoint = z
  .url({ protocol: /^https$/, error: 'expected an https URL' })
  .transform((text) => text.replace(/\/+$/, ''));
/** A key in a vault, with or without a version: `https://<vault>/keys/<name>[/<version>]`. */
const keyId = endpoint.refine(
  (text) => /^https:\/\/[^/?#@]+\/keys\/[0-9A-Za-z-]{1,127}(\/[0-9a-f]{32})?$/.test(text),
  'expected the id of a key in a vault',
);
const guidList = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )
  .pipe(z.array(guid).nonempty('expected at least one subscription'));

const roleOfApp = z.enum(['worker', 'web', 'keys'], 'expected "worker", "web" or "keys"');
export type AppRole = z.output<typeof roleOfApp>;

/** Address of the web app: links and the redirect after a sign-in start with it. */
const webUrl = endpoint.refine((text) => URL.canParse(text) && new URL(text).origin === text, {
  error: 'expected an https URL without a path',
});

/** Settings that every app gets. */
const common = {
  LEAKSTOP_SUBSCRIPTIONS: guidList,
  LEAKSTOP_CHECKPOINT_KEY_ID: keyId,
  LEAKSTOP_DECISION_KEY_ID: keyId,
  LEAKSTOP_LINK_KEY_ID: keyId,
  LEAKSTOP_VAULT_AUDIENCE: endpoint.default('https://vault.azure.net'),
  LEAKSTOP_WEB_URL: webUrl,
  LeakstopStorage__tableServiceUri: endpoint,
  LeakstopStorage__queueServiceUri: endpoint,
  LeakstopStorage__blobServiceUri: endpoint,
  LeakstopStorage__clientId: guid,
  APPLICATIONINSIGHTS_CONNECTION_STRING: z.string().optional(),
};

function toCommon(raw: z.output<z.ZodObject<typeof common>>) {
  const audience = raw.LEAKSTOP_VAULT_AUDIENCE;
  return {
    subscriptions: [...new Set(raw.LEAKSTOP_SUBSCRIPTIONS)],
    storage: {
      tables: raw.LeakstopStorage__tableServiceUri,
      queues: raw.LeakstopStorage__queueServiceUri,
      blobs: raw.LeakstopStorage__blobServiceUri,
    },
    checkpointKey: { id: raw.LEAKSTOP_CHECKPOINT_KEY_ID, audience },
    decisionKey: { id: raw.LEAKSTOP_DECISION_KEY_ID, audience },
    linkKey: { id: raw.LEAKSTOP_LINK_KEY_ID, audience },
    webUrl: raw.LEAKSTOP_WEB_URL,
    telemetry: raw.APPLICATIONINSIGHTS_CONNECTION_STRING,
  };
}

/** The address of a webhook is a secret, and no fault ever repeats it. */
const webhook = z.url({ protocol: /^https$/, error: 'expected an https URL' }).optional();

const WorkerEnvironment = z
  .object({
    ...common,
    LEAKSTOP_ARM_ENDPOINT: endpoint.default('https://management.azure.com'),
    LEAKSTOP_ARM_AUDIENCE: endpoint.default('https://management.azure.com'),
    LEAKSTOP_OBSERVE_CLIENT_ID: guid,
    LEAKSTOP_REMEDIATE_CLIENT_ID: guid,
    LEAKSTOP_DATA_KEY_ID: keyId,
    LEAKSTOP_TEAMS_WEBHOOK_URL: webhook,
    LEAKSTOP_ESCALATION_WEBHOOK_URL: webhook,
  })
  .transform((raw) => ({
    ...toCommon(raw),
    dataKey: { id: raw.LEAKSTOP_DATA_KEY_ID, audience: raw.LEAKSTOP_VAULT_AUDIENCE },
    arm: { endpoint: raw.LEAKSTOP_ARM_ENDPOINT, audience: raw.LEAKSTOP_ARM_AUDIENCE },
    identities: {
      observe: raw.LEAKSTOP_OBSERVE_CLIENT_ID,
      remediate: raw.LEAKSTOP_REMEDIATE_CLIENT_ID,
      storage: raw.LeakstopStorage__clientId,
    },
    webhooks: { teams: raw.LEAKSTOP_TEAMS_WEBHOOK_URL, escalation: raw.LEAKSTOP_ESCALATION_WEBHOOK_URL },
  }));

const WebEnvironment = z
  .object({
    ...common,
    LEAKSTOP_TENANT_ID: guid,
    LEAKSTOP_WEB_CLIENT_ID: guid,
    LEAKSTOP_LOGIN_ENDPOINT: endpoint.default('https://login.microsoftonline.com'),
  })
  .transform((raw) => ({
    ...toCommon(raw),
    identities: { storage: raw.LeakstopStorage__clientId },
    entra: {
      tenantId: raw.LEAKSTOP_TENANT_ID,
      clientId: raw.LEAKSTOP_WEB_CLIENT_ID,
      loginEndpoint: raw.LEAKSTOP_LOGIN_ENDPOINT,
    },
  }));

/** Settings of the app that watches and repairs. Read once, at start; a fault stops the start. */
export type Settings = z.output<typeof WorkerEnvironment>;
/** Settings of the app with the pages and the API. Without a tenant and a client id it does not start. */
export type WebSettings = z.output<typeof WebEnvironment>;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws RemediationError `malformed-input` */
export function readRole(environment: Environment): AppRole {
  return read(z.object({ LEAKSTOP_ROLE: roleOfApp }), environment).LEAKSTOP_ROLE;
}

/** @throws RemediationError `malformed-input` that names every setting at fault and what it should be. */
export function readSettings(environment: Environment): Settings {
  return read(WorkerEnvironment, environment);
}

/** @throws RemediationError as {@link readSettings} does */
export function readWebSettings(environment: Environment): WebSettings {
  return read(WebEnvironment, environment);
}

function read<T>(schema: z.ZodType<T>, environment: Environment): T {
  const result = schema.safeParse(environment);
  if (!result.success) {
    const faults = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new RemediationError(
      'malformed-input',
      `Cannot read the application settings: ${faults.join('; ')}`,
    );
  }
  return result.data;
}
