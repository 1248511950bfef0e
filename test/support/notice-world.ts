import { proposalFor, proposalHash } from '../../shared/case/proposal.ts';
import type { CaseData } from '../../shared/case/case-data.ts';
import { caseOf, type Case, Draft } from '../../shared/case/draft.ts';
import { escalate } from '../../shared/engine/people/escalate.ts';
import type { Change } from '../../shared/contract/change.ts';
import { type ChainReader, openChainReader, type ReadEntry } from '../../shared/ledger/chain-reader.ts';
import type { Ledger, Unit } from '../../shared/ledger/ledger.ts';
import { openLedger } from '../../shared/ledger/open-ledger.ts';
import { subscriptionNames } from '../../shared/subscription-names.ts';
import { defaultLimits } from '../../shared/policy/policy.ts';
import type { Logger } from '../../shared/telemetry/logger.ts';
import { createTelemetry } from '../../shared/telemetry/telemetry.ts';
import { createNotifier, type NotifierParts } from '../../shared/teams/notifier.ts';
import type { Delivery, Webhook } from '../../shared/teams/webhook.ts';
import { openNoticeStore } from '../../shared/work/notice-store.ts';
import { collect, disturbed, type Disturbance } from './disturbed-table.ts';
import { localKey } from './local-key.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryTable } from './memory-table.ts';
import { anyEntry, sampleOf, samplePayloads } from './sample-payloads.ts';

export const chain = '11111111-1111-4111-8111-111111111111';
const group = `/subscriptions/${chain}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts`;
const never = () => Promise.reject(new Error('nothing is that large'));

/** One channel, as the world sees it. */
export class Channel implements Webhook {
  readonly bodies: string[] = [];
  readonly headers: Readonly<Record<string, string>>[] = [];
  /** What becomes of a message; it arrives when it was accepted, and may have when an error says so. */
  answer: (attempt: number) => Delivery = () => ({ kind: 'accepted' });
  attempts = 0;

  post(body: string, headers: Readonly<Record<string, string>> = {}): Promise<Delivery> {
    this.attempts += 1;
    const delivery = this.answer(this.attempts);
    if (delivery.kind === 'accepted') {
      this.bodies.push(body.replaceAll('\u200b', ''));
      this.headers.push(headers);
    }
    return Promise.resolve(delivery);
  }
}

/** A ledger whose cases a test moves, a notifier that follows it, and two channels. */
export class NoticeWorld {
  readonly clock = new ManualClock();
  readonly teams = new Channel();
  readonly escalation = new Channel();
  readonly rows = new MemoryTable();
  readonly work = new MemoryTable();
  readonly log: string[] = [];
  readonly key = localKey('https://vault.example/keys/links/1');
  readonly ledger: Ledger;
  readonly reader: ChainReader;
  /** What is wrong with the ledger as the notifier writes it. */
  ledgerFault: Error | undefined;

  constructor() {
    const table = this.rows.client();
    const bodies = { putBody: never, getBody: never };
    this.ledger = openLedger({ table, bodies, clock: this.clock });
    this.reader = openChainReader({ table, bodies });
  }

  /** Runs a notifier as a new process would. */
  async run(disturbance: Disturbance = {}, parts: Partial<NotifierParts> = {}): Promise<void> {
    const { clock } = this;
    const logger = this.#logger();
    const store = openNoticeStore(disturbed(this.work.client(), [], disturbance), clock);
    const ledger = {
      readRoot: this.ledger.readRoot.bind(this.ledger),
      append: (unit: Unit) =>
        this.ledgerFault === undefined ? this.ledger.append(unit) : Promise.reject(this.ledgerFault),
    };
    const notifier = createNotifier(
      () =>
        Promise.resolve({
          reader: this.reader,
          store,
          ledger,
          policy: { approversOf: () => [{ id: 'i', label: 'On-call' }] },
          names: subscriptionNames({}),
        }),
      {
        subscriptions: [chain],
        webhooks: { teams: this.teams, escalation: this.escalation },
        signer: { sign: ({ caseId }) => Promise.resolve(`token-of-${caseId}`) },
        key: {
          sign: (text) => this.key.sign(text),
          currentKeyId: () => Promise.resolve('https://vault.example/keys/links/1'),
        },
        controls: [
          { id: 'some-control', title: 'Sentence of some-control', drift: 'drifts as it can', rationale: '' },
        ],
        webUrl: 'https://leakstop.example',
        clock,
        logger,
        telemetry: createTelemetry(clock, () =>
          Promise.resolve({ send: () => undefined, flush: () => Promise.resolve() }),
        ),
        ...parts,
      },
    );
    await notifier.run();
  }

  /** Runs again and again over so much time. */
  async runFor(milliseconds: number, everyMs = 15_000): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += everyMs) {
      this.clock.advance(everyMs);
      await this.run();
    }
  }

  /** Opens a case and asks about it. */
  async ask(name: string, given: Partial<CaseData> & { readonly because?: string } = {}): Promise<string> {
    const { because, ...data } = given;
    const resource = `${group}/${name}`;
    const draft = new Draft(undefined);
    const opened = draft.open(
      {
        root: resource,
        resource,
        control: 'some-control',
        severity: 'high',
        witnessed: true,
        firstSeenDrifted: this.clock.now().toISOString(),
        opener: { grade: 'unknown' },
        differences: [],
        requestIds: [],
        ...data,
      },
      samplePayloads['case-opened'],
      this.clock,
    );
    this.#request(draft, opened, because, 'Disabled');
    await this.#commit(draft);
    return opened.caseId;
  }

  /** Asks again, about the same change or another. */
  async askAgain(caseId: string, after: string): Promise<void> {
    await this.#change(caseId, (draft, subject) => {
      draft.move(subject, 'case-reconsidered', {});
      this.#request(draft, subject, undefined, after);
    });
  }

  decide(caseId: string): Promise<void> {
    const signed = {
      decision: {
        format: 1 as const,
        id: crypto.randomUUID(),
        subscription: chain,
        caseId,
        proposal: 'a'.repeat(64),
        verdict: 'approve' as const,
        by: { objectId: crypto.randomUUID(), tenantId: chain, name: 'Jonas Weber', roles: [], as: chain },
        reason: '',
        at: this.clock.now().toISOString(),
        until: this.clock.now().toISOString(),
      },
      signature: { keyId: 'k', value: 'v' },
    };
    return this.#change(caseId, (draft, subject) => {
      draft.move(subject, 'decision-recorded', signed, { decisions: [signed] });
    });
  }

  close(caseId: string): Promise<void> {
    return this.#change(caseId, (draft, subject) => {
      draft.move(subject, 'case-closed', { reason: 'fixed-by-others' }, { closed: 'fixed-by-others' });
    });
  }

  escalate(caseId: string): Promise<void> {
    return this.#change(caseId, (draft, subject) => {
      const due = this.clock.now().toISOString();
      escalate(draft, subject, { reason: 'past-due', owner: 'ML platform', rule: 'own', due });
    });
  }

  async baseline(kind: 'baseline-started' | 'baseline-completed'): Promise<void> {
    const at = this.clock.now().toISOString();
    const head =
      kind === 'baseline-started'
        ? {}
        : { head: { baseline: { startedAt: at, completedAt: at, controls: [] } } };
    await this.ledger.append({
      chain,
      entries: [anyEntry({ kind, body: { payload: sampleOf(kind) } })],
      cases: [],
      ...head,
    });
  }

  /** Entries of these kinds. */
  async told(...kinds: readonly string[]): Promise<readonly ReadEntry[]> {
    return (await collect(this.reader.entries(chain, 1))).filter(({ kind }) => kinds.includes(kind));
  }

  /** Cases of messages that the ledger was told of. */
  async toldCases(
    kind = 'notice-sent',
    about: readonly string[] = ['ask', 'digest'],
  ): Promise<readonly string[]> {
    return (await this.told(kind)).flatMap(({ body }) => {
      const payload = body?.payload as { cases: readonly string[]; about: string };
      return about.includes(payload.about) ? payload.cases : [];
    });
  }

  #request(draft: Draft, subject: Case, because: string | undefined, after: string): void {
    const { resource, control } = subject.data;
    const change: Change = {
      steps: [
        {
          kind: 'storage-account-update',
          target: resource,
          before: { 'properties.x': { is: 'Enabled' } },
          after: { 'properties.x': { is: after } },
        },
      ],
      impact: 'Something may break',
      undo: { kind: 'exact' },
    };
    const expires = new Date(this.clock.now().getTime() + 3 * 24 * 60 * 60_000).toISOString();
    const reason = because === undefined ? {} : { because };
    const proposal = proposalHash(proposalFor({ caseId: subject.caseId, resource, control }, change, []));
    draft.move(
      subject,
      'decision-requested',
      { change, proposal, expires, ...reason, policy: 'default', rule: 'own', witnessed: true },
      { change, asked: { at: this.clock.now().toISOString(), expires, ...reason } },
    );
  }

  async #change(caseId: string, move: (draft: Draft, subject: Case) => void): Promise<void> {
    const row = (await collect(this.reader.openCases(chain))).find((each) => each.caseId === caseId);
    const draft = new Draft(undefined);
    move(draft, caseOf(row!));
    await this.#commit(draft);
  }

  async #commit(draft: Draft): Promise<void> {
    for (const unit of draft.units(chain, defaultLimits)) {
      const { kind } = await this.ledger.append(unit);
      if (kind !== 'committed') {
        throw new Error(kind);
      }
    }
  }

  #logger(): Logger {
    const write = (level: string) => (message: string, properties?: object) => {
      this.log.push(JSON.stringify({ level, message, ...properties }));
    };
    return { information: write('information'), warning: write('warning'), error: write('error') };
  }
}
