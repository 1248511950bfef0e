import type { DecisionParts } from '../../shared/approval/open-decision-service.ts';
import { openDecisionService } from '../../shared/approval/open-decision-service.ts';
import type { DecisionRequest, DecisionResult } from '../../shared/approval/decision-service.ts';
import { openDecisionVerifier, openSignatureCheck } from '../../shared/approval/decision-verifier.ts';
import type { InboxRecorder, RecorderParts } from '../../shared/approval/record-handed-in.ts';
import { openInboxRecorder } from '../../shared/approval/record-handed-in.ts';
import type { Clock } from '../../shared/clock.ts';
import type { ChainReader } from '../../shared/ledger/chain-reader.ts';
import { openChainReader } from '../../shared/ledger/chain-reader.ts';
import type { Records } from '../../shared/records/open-records.ts';
import type { WorkQueue } from '../../shared/work/queue.ts';
import { proposalHash, proposalOf } from '../../shared/case/proposal.ts';
import type { Verdict } from '../../shared/case/decision.ts';
import type { Case } from '../../shared/case/draft.ts';
import { caseOf } from '../../shared/case/draft.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { reconcile } from '../../shared/engine/run/reconcile.ts';
import type { Caller, Role } from '../../shared/entra/caller.ts';
import { roles } from '../../shared/entra/caller.ts';
import type { Policy } from '../../shared/policy/policy.ts';
import type { SwitchFile } from '../../shared/work/switch-file.ts';
import type { GuardWorld } from './guard-world.ts';
import { localKey } from './local-key.ts';
import { rootOf } from './scenario.ts';

const tenantId = '6babcaad-604b-40ac-a9d7-9fd97c0b779f';
/** The group that the policy of these tests names. */
export const securityGroup = '33333333-3333-4333-8333-333333333333';

let people = 0;

/** Somebody with a token; of the security group unless told otherwise. */
export function person(name: string, has: readonly Role[] = roles, change: Partial<Caller> = {}): Caller {
  people += 1;
  return {
    kind: 'person',
    objectId: `${String(people).padStart(8, '0')}-0000-4000-8000-000000000000`,
    tenantId,
    name,
    roles: has,
    groups: [securityGroup],
    hasAllGroups: true,
    ...change,
  };
}

/** A policy under which the security group decides everything. */
export const decidedBySecurity: Pick<Policy, 'approversOf'> = {
  approversOf: () => [{ id: securityGroup, label: 'security' }],
};

/** The web app of a world, with a key of its own: what is decided reaches the worker at once. */
export class Deciders {
  readonly key = localKey('https://vault.example/keys/decisions/1');
  readonly verifier = openDecisionVerifier(this.key, { warning: () => undefined });
  readonly #world: GuardWorld;
  readonly #name: string;
  /** What the kill switch's blob was written with. */
  readonly switchTexts: string[] = [];
  /** Whether messages reach the worker. */
  isQueueUp = true;

  constructor(world: GuardWorld, name: string) {
    this.#world = world;
    this.#name = name;
  }

  /** The blob of the kill switch: the number of its texts is its version. */
  readonly switchFile: SwitchFile = {
    version: () => Promise.resolve(String(this.switchTexts.length)),
    write: (text) => Promise.resolve(void this.switchTexts.push(text)),
    writeOver: (version, text) => {
      const stands = version === String(this.switchTexts.length);
      if (stands) {
        this.switchTexts.push(text);
      }
      return Promise.resolve(stands);
    },
  };

  get root(): string {
    return rootOf(this.#world.idOf(this.#name)).toLowerCase();
  }

  /** `recorded` is the ledger on the worker's side of the inbox. */
  service(change: Partial<DecisionParts> = {}, recorded = this.#world.engine.ledger) {
    const { engine, subscription } = this.#world;
    return openDecisionService({
      ledger: engine.ledger,
      inbox: { hand: (message) => this.recorder({}, recorded).record(asSent(message)) },
      reader: this.reader,
      policy: () => Promise.resolve(this.#world.engine.policy),
      key: this.key,
      verifier: this.verifier,
      queue: () => this.#queue,
      clock: this.#clock,
      logger: engine.logger,
      subscriptions: [subscription],
      rootOf: () => Promise.resolve(this.root),
      switchFile: this.switchFile,
      heldBySwitch: async () => {
        const { open } = await this.cases();
        return open
          .filter(({ state, data }) => state === 'held' && data.hold?.reason === 'kill-switch')
          .map(({ data }) => ({ root: data.root, resource: data.resource }));
      },
      ...change,
    });
  }

  /** The worker's side of the inbox. */
  recorder(change: Partial<RecorderParts> = {}, ledger = this.#world.engine.ledger): InboxRecorder {
    const { engine, subscription } = this.#world;
    return openInboxRecorder(() => Promise.resolve(ledger), {
      policy: () => Promise.resolve(this.#world.engine.policy),
      verifier: this.verifier,
      check: openSignatureCheck(this.key, { warning: () => undefined }),
      queue: () => this.#queue,
      clock: this.#clock,
      logger: engine.logger,
      subscriptions: [subscription],
      ...change,
    });
  }

  get reader(): ChainReader {
    return openChainReader((this.#world.engine as never as Pick<Records, 'evidence'>).evidence);
  }

  readonly #queue: WorkQueue = {
    send: async ({ root, note }) => {
      if (!this.isQueueUp) {
        throw new Error('the queue is away');
      }
      await reconcile(this.#world.engine, this.#world.bed.queue, {
        format: 1,
        root,
        postponed: 0,
        ...(note === undefined ? {} : { note }),
      });
    },
  };

  get #clock(): Clock {
    const { clock } = this.#world;
    return {
      now: () => clock.now(),
      uuid: () => clock.uuid(),
      random: () => clock.random(),
      sleep: () => Promise.resolve(),
    };
  }

  async cases(): Promise<{ open: Case[]; closed: Case[] }> {
    const { engine, subscription } = this.#world;
    const { openCases } = await engine.ledger.readRoot(subscription, this.root);
    const closed = await engine.ledger.closedCases(subscription, this.root, new Date(0));
    return { open: openCases.map(caseOf), closed: closed.map(caseOf) };
  }

  /** The one open case, or the last that was closed. */
  async subject(): Promise<Case> {
    const { open, closed } = await this.cases();
    const subject = open.at(-1) ?? closed.at(-1);
    if (subject === undefined) {
      throw new Error('There is no case');
    }
    return subject;
  }

  async decide(
    verdict: Verdict,
    by: Caller,
    change: Partial<DecisionRequest> = {},
    of?: Case,
  ): Promise<DecisionResult> {
    const subject = of ?? (await this.subject());
    const { subscription, clock } = this.#world;
    return this.service().decide(
      {
        subscription,
        caseId: subject.caseId,
        proposal: proposalHash(proposalOf({ ...subject, state: subject.state })),
        verdict,
        reason: 'it is known',
        ...(verdict === 'approve' ? {} : { until: new Date(clock.now().getTime() + 24 * 3_600_000) }),
        ...change,
      },
      by,
    );
  }
}

/** A message as the queue hands it out. */
function asSent(message: object): unknown {
  return JSON.parse(JSON.stringify(message));
}

/** An engine that knows the key of the deciders. */
export function withDeciders(deciders: Deciders, change: Partial<Engine> = {}): Partial<Engine> {
  return { decisions: deciders.verifier, ...change };
}
