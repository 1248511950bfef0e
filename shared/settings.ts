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

/** What a function app is told by its application settings. Read once, at start; a fault stops the start. */
const Environment = z
  .object({
    LEAKSTOP_ROLE: z.enum(['worker', 'web', 'keys']),
    LEAKSTOP_SUBSCRIPTIONS: guidList,
    LEAKSTOP_ARM_ENDPOINT: endpoint.default('https://management.azure.com'),
    LEAKSTOP_ARM_AUDIENCE: endpoint.default('https://management.azure.com'),
    LEAKSTOP_OBSERVE_CLIENT_ID: guid,
    LEAKSTOP_REMEDIATE_CLIENT_ID: guid,
    LEAKSTOP_CHECKPOINT_KEY_ID: keyId,
    LEAKSTOP_VAULT_AUDIENCE: endpoint.default('https://vault.azure.net'),
    LeakstopStorage__tableServiceUri: endpoint,
    LeakstopStorage__queueServiceUri: endpoint,
    LeakstopStorage__blobServiceUri: endpoint,
    LeakstopStorage__clientId: guid,
    APPLICATIONINSIGHTS_CONNECTION_STRING: z.string().optional(),
  })
  .transform((raw) => ({
    role: raw.LEAKSTOP_ROLE,
    subscriptions: [...new Set(raw.LEAKSTOP_SUBSCRIPTIONS)],
    arm: { endpoint: raw.LEAKSTOP_ARM_ENDPOINT, audience: raw.LEAKSTOP_ARM_AUDIENCE },
    identities: {
      observe: raw.LEAKSTOP_OBSERVE_CLIENT_ID,
      remediate: raw.LEAKSTOP_REMEDIATE_CLIENT_ID,
      storage: raw.LeakstopStorage__clientId,
    },
    storage: {
      tables: raw.LeakstopStorage__tableServiceUri,
      queues: raw.LeakstopStorage__queueServiceUri,
      blobs: raw.LeakstopStorage__blobServiceUri,
    },
    checkpointKey: { id: raw.LEAKSTOP_CHECKPOINT_KEY_ID, audience: raw.LEAKSTOP_VAULT_AUDIENCE },
    telemetry: raw.APPLICATIONINSIGHTS_CONNECTION_STRING,
  }));

export type Settings = z.output<typeof Environment>;

/** @throws RemediationError `malformed-input` that names every setting at fault and what it should be. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const result = Environment.safeParse(environment);
  if (!result.success) {
    const faults = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new RemediationError(
      'malformed-input',
      `Cannot read the application settings: ${faults.join('; ')}`,
    );
  }
  return result.data;
}
