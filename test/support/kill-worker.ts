import { isDeepStrictEqual } from 'node:util';
import type { FaultEffect, FaultTarget } from '../../sandbox/faults.ts';
import type { FunctionsHost } from '../../sandbox/host/start-host.ts';
import type { CompressedTime } from '../../sandbox/time/compressed-time.ts';
import { compressTime } from '../../sandbox/time/compressed-time.ts';
import type { Deployed } from '../e2e/deployed.ts';
import { group, settled, startDeployed } from '../e2e/deployed.ts';
import { eventually } from '../e2e/eventually.ts';
import type { Entry } from '../e2e/records.ts';
import { entriesAbout, rowsOf } from '../e2e/records.ts';
import { withoutVersion } from './closed-once.ts';
import { container } from './estate.ts';
import type { Moment } from './kill-points.ts';
import type { Told } from './kill-report.ts';
import { readRawChain } from './read-raw-chain.ts';
import type { SeenRequest } from './request-faults.ts';
import { RequestFaults } from './request-faults.ts';

/** A request as it comes in at the sandbox. */
interface Mark {
  readonly target: FaultTarget;
  readonly method: RegExp;
  readonly url: RegExp;
}

const transaction: Mark = { target: 'tables', method: /POST/, url: /\/\$batch/ };
const observation: Mark = { target: 'arm', method: /GET/, url: /storageAccounts\/(?:weights|public)/i };
const write: Mark = { target: 'arm', method: /PATCH/, url: /storageAccounts\/(?:weights|public)/i };
/** The row is made, or changed. */
const row: Mark = { target: 'tables', method: /POST|PUT/, url: /\/work(?:\(|$|\?)/ };

/** Requests of the worker at which it is killed, each told by those that come before it. */
export const places = {
  claim: [row],
  observation: [observation],
  intent: [transaction],
  write: [transaction, write],
  verification: [transaction, write, observation],
  end: [transaction, write, transaction],
  release: [transaction, write, transaction, row],
} as const satisfies Record<string, readonly Mark[]>;

export interface Shot {
  readonly at: keyof typeof places;
  readonly moment: Moment;
  /** Whether host and worker are lost together, and another host takes over. */
  readonly isMachineLost?: boolean;
}

/** A resource in sync, and somebody's write that opens it. */
interface Target {
  readonly id: string;
  readonly open: () => PromiseLike<unknown>;
}

/** Kinds of step, each with a resource for which Leakstop takes it. */
export const stepKinds = {
  'storage-account-update': (deployed: Deployed): Target => {
    const { id, name } = deployed.nextAccount();
    return {
      id,
      open: () => deployed.person.storageAccounts.update(group, name, { allowBlobPublicAccess: true }),
    };
  },
  // Azure lets nobody open a container of an account that is closed.
  'blob-container-update': ({ cloud, openAccount, person }: Deployed): Target => {
    const name = `models-${crypto.randomUUID()}`;
    const body = container(openAccount.id, name);
    cloud.azure.arm.state.load(body);
    const open = () =>
      person.blobContainers.update(group, openAccount.name, name, { publicAccess: 'Container' });
    return { id: body.id, open };
  },
} as const;
export type StepKind = keyof typeof stepKinds;

/** The deployed app in time that passes fast: a claim of three minutes holds for six seconds. */
export interface ShootingRange {
  readonly time: CompressedTime;
  readonly deployed: Deployed;
  readonly requests: RequestFaults;
  /** The host that runs now. */
  host: FunctionsHost;
}

const factor = 30;
/** Real milliseconds: for a request to take effect, and for an answer to be kept back meanwhile. */
const effectMs = 150;
const answerMs = 300;
/**
 * Real milliseconds after which a request that was on its way arrives: when others have closed the case, and before a
 * write that still bears its id counts as somebody else's.
 */
const lateMs = 10_000;

export async function startShootingRange(accounts: number): Promise<ShootingRange> {
  const time = compressTime(factor);
  const deployed = await startDeployed({
    accounts,
    environment: time.environment,
    now: () => time.now().getTime(),
    host: { restartDelaysMs: Array.from({ length: 100 }, () => 500) },
  });
  const { host, cloud } = deployed;
  return { time, deployed, host, requests: new RequestFaults(cloud.faults) };
}

/** Opens a resource, kills the worker at one request, and judges how it ended. */
export async function shoot(range: ShootingRange, kind: StepKind, shot: Shot): Promise<Told['run']> {
  const { deployed, requests, time } = range;
  const { arm } = deployed.cloud.azure;
  await untilNoSweepIsNear(time);
  const { id, open } = stepKinds[kind](deployed);
  const before = structuredClone(arm.state.get(id));
  deployed.cloud.azure.accounting.reset();
  const startedAt = time.now().getTime();
  const aim = new Aim(range, shot);
  await requests.during(aim.meddle, async () => {
    await open();
    await aim.hit;
    await untilClosed(deployed, id);
    await aim.arrived;
    await settled(deployed);
  });
  const told = await entriesAbout(deployed.cloud, id);
  const end = told.find((entry) => entry.kind === 'case-closed');
  return {
    problems: [
      ...(await wrongInLedger(deployed, told)),
      ...(isDeepStrictEqual(withoutVersion(arm.state.get(id)), withoutVersion(before))
        ? []
        : ['not as before']),
      ...wrongWrites(deployed, id, shot),
    ],
    closedAfterMs: end === undefined ? undefined : Date.parse(end.time) - startedAt,
  };
}

/**
 * The hourly sweep, at minute 17, asks about what it finds before any event told of it: between the kill and the message
 * that comes back, it would end a shot with a question. Minutes of the hour in which no shot begins:
 */
const sweepIsNear = { from: 5, to: 19 };

async function untilNoSweepIsNear(time: CompressedTime): Promise<void> {
  await eventually('no sweep is near', () => {
    const minute = time.now().getUTCMinutes();
    return minute < sweepIsNear.from || minute > sweepIsNear.to;
  });
}

/** Kills at the request that is meant, once. */
class Aim {
  readonly #range: ShootingRange;
  readonly #shot: Shot;
  readonly #hit = Promise.withResolvers<undefined>();
  #passed = 0;
  #arrivesAt = 0;

  constructor(range: ShootingRange, shot: Shot) {
    this.#range = range;
    this.#shot = shot;
  }

  /** Resolves when another worker runs. */
  get hit(): Promise<undefined> {
    return this.#hit.promise;
  }

  /** Resolves when a request that was still on its way has arrived. */
  get arrived(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, Math.max(0, this.#arrivesAt - performance.now())));
  }

  readonly meddle = ({ target, method, url }: SeenRequest): readonly FaultEffect[] => {
    const { at, moment } = this.#shot;
    const marks: readonly Mark[] = places[at];
    const mark = marks[this.#passed];
    if (mark?.target !== target || !mark.method.test(method) || !mark.url.test(url)) {
      return [];
    }
    this.#passed += 1;
    if (this.#passed < marks.length) {
      return [];
    }
    if (moment === 'after') {
      setTimeout(() => this.#fire(), effectMs);
      return [{ kind: 'hang-after', milliseconds: answerMs }];
    }
    this.#fire();
    if (moment === 'before') {
      return [{ kind: 'reset-before' }];
    }
    this.#arrivesAt = performance.now() + lateMs + effectMs;
    return [{ kind: 'latency', milliseconds: lateMs }];
  };

  /** The signal is sent before this returns. */
  #fire(): void {
    const { host, deployed } = this.#range;
    const next =
      this.#shot.isMachineLost === true
        ? host.killHost().then(async () => {
            this.#range.host = await deployed.startHost();
          })
        : host.kill().then(() => host.whenReady());
    next.then(() => this.#hit.resolve(undefined), this.#hit.reject);
  }
}

async function untilClosed({ cloud }: Deployed, id: string): Promise<void> {
  await eventually('the case is closed', async () =>
    (await entriesAbout(cloud, id)).some(({ kind }) => kind === 'case-closed'),
  );
}

const closedOnce = [
  'case-opened',
  'case-decided',
  'change-intended',
  'change-applied',
  'change-verified',
  'case-closed',
];

async function wrongInLedger(
  { cloud, subscription }: Deployed,
  told: readonly Entry[],
): Promise<readonly string[]> {
  const { problems } = readRawChain(subscription, await rowsOf(cloud, 'ledger', subscription));
  const kinds = told.map(({ kind }) => kind);
  const lines = told.map(({ kind, body }) => `${kind} ${body.control ?? ''} ${JSON.stringify(body.payload)}`);
  return isDeepStrictEqual(kinds, closedOnce) ? problems : [...problems, ...lines];
}

/** Only a write that was still on its way when others found the resource as before may be made twice. */
function wrongWrites({ cloud }: Deployed, id: string, { at, moment }: Shot): readonly string[] {
  const calls = cloud.azure.accounting.calls({ caller: 'leakstop-remediate', path: id });
  const writes = calls.filter(({ status }) => status >= 200 && status < 300).length;
  const ids = new Set(calls.map(({ clientRequestId }) => clientRequestId));
  const most = at === 'write' && moment === 'late' ? 2 : 1;
  return writes >= 1 && writes <= most && ids.size === 1 ? [] : [`${writes} writes under ${ids.size} ids`];
}
