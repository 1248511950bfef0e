import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Azure, AzureOptions } from './azure.ts';
import { startAzure } from './azure.ts';
import type { Deployment } from './deploy.ts';
import { deployApp } from './deploy.ts';
import type { EventGrid, EventGridOptions } from './event-grid/event-grid.ts';
import { createEventGrid } from './event-grid/event-grid.ts';
import { FaultRegistry } from './faults.ts';
import type { FunctionsHost, HostOptions } from './host/start-host.ts';
import { startHost } from './host/start-host.ts';
import type { Storage } from './storage/storage.ts';
import { startStorage } from './storage/storage.ts';
import type { TelemetrySink } from './telemetry.ts';
import { startTelemetry } from './telemetry.ts';
import { createTls } from './tls.ts';
import { trust } from './trust.ts';

export interface CloudOptions extends Partial<Omit<AzureOptions, 'faults' | 'tls'>> {
  /** Where certificates and `running.json` are written. */
  readonly directory: string;
  /** Root of the app's repository: `infra/generated` and, built, `dist`. */
  readonly repository: string;
  /** Subscriptions that the app guards. */
  readonly subscriptions: readonly string[];
  /** Text of the policy document to deploy. */
  readonly policy?: string;
  /** More variables for Azurite and the host, such as those of compressed time. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly eventGrid?: Partial<EventGridOptions>;
  /** How the app's events are delivered, beside what its generated filter says. */
  readonly delivery?: {
    readonly schema?: 'EventGridSchema' | 'CloudEventSchemaV1_0';
    readonly maxEventsPerBatch?: number;
  };
}

/** A whole Azure on this machine, with the app deployed to it. */
export interface Cloud {
  readonly azure: Azure;
  readonly storage: Storage;
  readonly telemetry: TelemetrySink;
  readonly eventGrid: EventGrid;
  readonly faults: FaultRegistry;
  readonly deployment: Deployment;
  /** Starts a functions host that runs the built app in a role, and subscribes its events. */
  startWorker(options?: Partial<HostOptions>): Promise<FunctionsHost>;
  /** Stops everything that was started, hosts first. */
  stop(): Promise<void>;
}

/** Starts Azure and deploys the app. @throws Error that says what could not be started */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const faults = new FaultRegistry();
  const tls = await createTls(options.directory);
  trust(tls.caFile);
  const azure = await startAzure({ ...options, tls, faults });
  const [storage, telemetry] = await Promise.all([
    startStorage({
      tls,
      faults,
      ...(options.environment === undefined ? {} : { environment: options.environment }),
    }),
    startTelemetry(tls, faults),
  ]);
  const deployment = await deployApp({
    azure,
    storage,
    telemetry,
    directory: options.repository,
    subscriptions: options.subscriptions,
    ...(options.policy === undefined ? {} : { policy: options.policy }),
  });
  const eventGrid = createEventGrid({
    faults,
    tenantId: azure.tenantId,
    ca: readFileSync(tls.caFile),
    ...options.eventGrid,
  });
  azure.arm.onOperation((operation) => eventGrid.publish(operation));
  const hosts: FunctionsHost[] = [];
  return {
    azure,
    storage,
    telemetry,
    eventGrid,
    faults,
    deployment,
    startWorker: async (hostOptions = {}) => {
      const host = await startHost({
        appDirectory: join(options.repository, 'dist'),
        role: 'worker',
        ...hostOptions,
        environment: { ...deployment.settings('worker'), ...options.environment, ...hostOptions.environment },
      });
      hosts.push(host);
      await subscribe({ azure, storage, eventGrid, deployment }, host, options);
      return host;
    },
    stop: async () => {
      eventGrid.stop();
      await Promise.all(hosts.map((host) => host.stop()));
      await Promise.all([azure.stop(), storage.stop(), telemetry.stop()]);
    },
  };
}

/** The event subscription of the app: its generated filter, its webhook, its dead letters. */
async function subscribe(
  { azure, storage, eventGrid, deployment }: Pick<Cloud, 'azure' | 'storage' | 'eventGrid' | 'deployment'>,
  host: FunctionsHost,
  { subscriptions, delivery = {} }: CloudOptions,
): Promise<void> {
  const { includedEventTypes, advancedFilters } = deployment.eventFilter;
  eventGrid.unsubscribe('leakstop-resources');
  await eventGrid.subscribe({
    name: 'leakstop-resources',
    endpointUrl: host.eventGridUrl('receive-resource-event'),
    subscriptionIds: subscriptions,
    eventTypes: includedEventTypes,
    advancedFilters,
    deadLetter: {
      containerUrl: `${storage.urls.blobs}/dead-letters`,
      getToken: async () => (await azure.issuer.mint(azure.operator, 'https://storage.azure.com')).token,
    },
    ...delivery,
  });
}
