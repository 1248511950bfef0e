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
import type { Entra } from './identity/entra.ts';
import type { Principal } from './identity/principals.ts';
import { hostAccounts } from './settings.ts';
import type { Storage } from './storage/storage.ts';
import { startStorage } from './storage/storage.ts';
import type { Teams } from './teams/teams.ts';
import { startTeams } from './teams/teams.ts';
import type { TelemetrySink } from './telemetry.ts';
import { startTelemetry } from './telemetry.ts';
import type { Tls } from './tls.ts';
import { createTls } from './tls.ts';
import { trust } from './trust.ts';
import { reservePort } from './wire/listening.ts';

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
  readonly entra: Entra;
  readonly teams: Teams;
  /** Starts a functions host that runs the built app in a role, and subscribes its events. */
  startWorker(options?: Partial<HostOptions>): Promise<FunctionsHost>;
  /** Starts a functions host that runs the built app as web app, over TLS at `deployment.webUrl`. */
  startWeb(options?: Partial<HostOptions>): Promise<FunctionsHost>;
  /** Delivers the app's events to this address from now on. @throws Error when the handshake with it fails */
  subscribe(endpointUrl: string): Promise<void>;
  /** Adds a person to the directory, with these roles of the app. Ids are made where none are given. */
  addPerson(person: NewPerson): Principal;
  /** Stops everything that was started, hosts first. */
  stop(): Promise<void>;
}

/** A person who signs in. */
export interface NewPerson extends Partial<Pick<Principal, 'objectId' | 'upn' | 'groups'>> {
  readonly displayName: string;
  /** Such as `Leakstop.Approver`; none when absent. */
  readonly roles?: readonly string[];
}

/** Starts Azure and deploys the app. @throws Error that says what could not be started */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const faults = new FaultRegistry();
  const tls = await createTls(options.directory);
  trust(tls.caFile);
  const azure = await startAzure({ ...options, tls, faults });
  const { storage, telemetry, teams, webPort } = await startServices(tls, faults, options);
  const deployment = await deployApp({
    azure,
    storage,
    telemetry,
    directory: options.repository,
    subscriptions: options.subscriptions,
    webUrl: `https://localhost:${webPort.port}`,
    teams,
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
  const startRole = async (role: string, hostOptions: Partial<HostOptions>): Promise<FunctionsHost> => {
    const host = await startHost({
      appDirectory: join(options.repository, 'dist'),
      role,
      ...hostOptions,
      environment: { ...deployment.settings(role), ...options.environment, ...hostOptions.environment },
    });
    hosts.push(host);
    return host;
  };
  const deliverTo = (endpointUrl: string): Promise<void> =>
    subscribe({ azure, storage, eventGrid, deployment }, endpointUrl, options);
  return {
    azure,
    storage,
    telemetry,
    eventGrid,
    faults,
    deployment,
    entra: azure.entra,
    teams,
    startWorker: async (hostOptions = {}) => {
      const host = await startRole('worker', hostOptions);
      await deliverTo(host.eventGridUrl('receive-resource-event'));
      return host;
    },
    startWeb: async (hostOptions = {}) => {
      await webPort.release();
      return startRole('web', { tls, port: webPort.port, ...hostOptions });
    },
    subscribe: deliverTo,
    addPerson: (person) => addPerson(azure, deployment, person),
    stop: async () => {
      eventGrid.stop();
      await Promise.all([...hosts.map((host) => host.stop()), webPort.release()]);
      await Promise.all([azure, storage, telemetry, teams].map((part) => part.stop()));
    },
  };
}

/** What the app uses beside Azure's management, and the port that its pages will have. */
async function startServices(tls: Tls, faults: FaultRegistry, { environment }: CloudOptions) {
  const [storage, telemetry, teams, webPort] = await Promise.all([
    startStorage({
      tls,
      faults,
      furtherAccounts: Object.values(hostAccounts),
      ...(environment === undefined ? {} : { environment }),
    }),
    startTelemetry(tls, faults),
    startTeams({ tls, faults }),
    reservePort(),
  ]);
  return { storage, telemetry, teams, webPort };
}

function addPerson(
  { principals, entra }: Azure,
  { registration }: Deployment,
  { roles = [], ...person }: NewPerson,
): Principal {
  const principal = principals.add({
    objectId: crypto.randomUUID(),
    clientId: crypto.randomUUID(),
    kind: 'User',
    ...person,
  });
  entra.apps.assign(registration.clientId, principal, roles);
  return principal;
}

/** The event subscription of the app: its generated filter, its webhook, its dead letters. */
async function subscribe(
  { azure, storage, eventGrid, deployment }: Pick<Cloud, 'azure' | 'storage' | 'eventGrid' | 'deployment'>,
  endpointUrl: string,
  { subscriptions, delivery = {} }: CloudOptions,
): Promise<void> {
  const { includedEventTypes, advancedFilters } = deployment.eventFilter;
  eventGrid.unsubscribe('leakstop-resources');
  await eventGrid.subscribe({
    name: 'leakstop-resources',
    endpointUrl,
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
