import type { LinkSigner } from '../approval/link-token.ts';
import type { SigningKey } from '../azure/signing-key.ts';
import type { Clock } from '../clock.ts';

import { baselineOf } from '../case/baseline.ts';
import { isReadable } from '../case/case-data.ts';
import { RemediationError } from '../errors.ts';
import type { ChainReader } from '../ledger/chain-reader.ts';
import type { CaseRow, Ledger } from '../ledger/ledger.ts';
import type { Policy } from '../policy/policy.ts';
import type { ControlWords } from '../words/control.ts';
import type { SubscriptionNames } from '../subscription-names.ts';
import type { Logger } from '../telemetry/logger.ts';
import { safeCause } from '../text/safe-cause.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { NoticeChannel, NoticeState } from '../work/notice-state.ts';
import type { NoticeHold, NoticeStore } from '../work/notice-store.ts';
import { addNotice, closeWindows, collect } from './collect.ts';
import { dispatch, watchTeams } from './dispatch.ts';
import type { Webhook } from './webhook.ts';

/** The records that the notifier reads and keeps. */
export interface NotifierRecords {
  readonly reader: ChainReader;
  readonly store: NoticeStore;
  readonly ledger: Pick<Ledger, 'append' | 'readRoot'>;
  readonly policy: Pick<Policy, 'approversOf'>;
  /** Display names of subscriptions. */
  readonly names: SubscriptionNames;
}

/** The services of the notifier. A channel that is not configured is absent. */
export interface NotifierParts {
  readonly subscriptions: readonly string[];
  readonly webhooks: Readonly<Partial<Record<NoticeChannel, Webhook>>>;
  readonly signer: LinkSigner;
  /** Signs messages for the second channel. */
  readonly key: Pick<SigningKey, 'sign' | 'currentKeyId'>;
  /** Controls of the catalogue. */
  readonly controls: readonly ControlWords[];
  /** Origin of the web app, without a slash at its end. */
  readonly webUrl: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

export interface Notifier {
  /**
   * Takes up new entries of the ledger and sends the messages that are due. Runs often; of many runs at once only one
   * sends.
   */
  run(): Promise<void>;
}

/** Most entries of a chain that one run takes up. */
const mostEntries = 2_000;
/** With this many messages waiting, no new entries are taken up: the ledger keeps them. */
const mostNotices = 400;

/**
 * Tells people which cases wait for them, and how cases went on. The notifier only follows the ledger: its failure
 * stops nothing else.
 */
export function createNotifier(records: () => Promise<NotifierRecords>, parts: NotifierParts): Notifier {
  const channels = new Set((['teams', 'escalation'] as const).filter((name) => parts.webhooks[name]));
  return {
    async run() {
      if (channels.size === 0) {
        return;
      }
      await parts.telemetry.request('send-notices', undefined, async () => {
        const opened = await records();
        for (const chain of parts.subscriptions) {
          await runChain(opened, parts, channels, chain.toLowerCase());
        }
      });
    },
  };
}

async function runChain(
  records: NotifierRecords,
  parts: NotifierParts,
  channels: ReadonlySet<NoticeChannel>,
  chain: string,
): Promise<void> {
  const { clock, logger, webhooks } = parts;
  try {
    if (await isQuiet(records, chain)) {
      return;
    }
    const hold = await records.store.claim(chain, () => begin(records, parts, channels, chain));
    if (hold === undefined) {
      return;
    }
    const { state } = hold;
    if (state.cursor > (await records.reader.end(chain))) {
      // Nobody can have told about a chain that did not exist: waiting cases are told now.
      Object.assign(state, await begin(records, parts, channels, chain));
    }
    await follow(records, parts, channels, chain, state);
    closeWindows(state, clock);
    watchTeams(state, clock, logger, channels.has('escalation'));
    await hold.save();
    if (state.notices.length > 0) {
      const open = await openCases(records, parts, chain);
      const { policy, reader, names } = records;
      const composing = { ...parts, chain, reader, open, policy, nameOf: names.nameOf };
      await dispatch({ hold, webhooks, key: parts.key, composing, clock, logger });
    }
    await tellLedger(records, parts, chain, hold);
    await hold.release();
  } catch (error) {
    // The claim expires by itself; a later run repeats the work that was not kept.
    const { message } = error instanceof RemediationError ? error : safeCause(error);
    logger.warning('Notices of a subscription have to wait', { subscription: chain, reason: message });
  }
}

/** True if nothing is new and nothing waits: two reads are then the whole cost of a run. */
async function isQuiet({ store, reader }: NotifierRecords, chain: string): Promise<boolean> {
  const state = await store.peek(chain);
  return (
    state?.window === undefined &&
    state?.standing === undefined &&
    state?.notices.length === 0 &&
    state.told.length === 0 &&
    state.cursor === (await reader.end(chain))
  );
}

/** Starts to follow a chain: finished matters are not told, and cases that wait now are. */
async function begin(
  { reader, ledger }: NotifierRecords,
  { clock }: NotifierParts,
  channels: ReadonlySet<NoticeChannel>,
  chain: string,
): Promise<NoticeState> {
  // The end is read first: a question asked meanwhile may be told twice, but is not lost.
  const cursor = await reader.end(chain);
  const { head } = await ledger.readRoot(chain, `/subscriptions/${chain}`);
  const state: NoticeState = {
    cursor,
    isBaselining: baselineOf(head) === undefined,
    notices: [],
    told: [],
    asked: {},
    channels: {},
  };
  for await (const row of reader.openCases(chain, passOver)) {
    if (row.state === 'awaiting-decision' && channels.has('teams')) {
      addNotice(state, clock, {
        channel: 'teams',
        about: 'digest',
        digest: 'waiting',
        waiting: { cases: [], all: true },
      });
      break;
    }
  }
  return state;
}

async function follow(
  { reader }: NotifierRecords,
  { clock, logger }: NotifierParts,
  channels: ReadonlySet<NoticeChannel>,
  chain: string,
  state: NoticeState,
): Promise<void> {
  const end = await reader.end(chain);
  if (end < state.cursor) {
    logger.error('A chain is shorter than it was: notices go on from its end', { subscription: chain });
    state.cursor = end;
  }
  if (end === state.cursor) {
    return;
  }
  const to = Math.min(end, state.cursor + mostEntries);
  for await (const entry of reader.entries(chain, state.cursor + 1, to, passOver)) {
    if (state.notices.length >= mostNotices) {
      return;
    }
    collect({ state, clock, channels }, entry);
  }
  state.cursor = to;
}

/** A row that is no entry tells nothing. The checkpoint that meets such a row stops changes and says so. */
function passOver(): void {
  // Nothing to do.
}

/** The open cases that can be told about. An unreadable case does not keep the others from being told. */
async function openCases(
  { reader }: NotifierRecords,
  { logger }: NotifierParts,
  chain: string,
): Promise<Map<string, CaseRow>> {
  const open = new Map<string, CaseRow>();
  let unreadable = 0;
  for await (const row of reader.openCases(chain, () => (unreadable += 1))) {
    if (isReadable(row)) {
      open.set(row.caseId, row);
    } else {
      unreadable += 1;
    }
  }
  if (unreadable > 0) {
    logger.warning('Open cases cannot be read: nobody is told of them', {
      subscription: chain,
      count: unreadable,
    });
  }
  return open;
}

/** Most reports kept for a ledger that cannot be written. Beyond it the oldest is forgotten, and the log says so. */
const mostTold = 300;

/**
 * Records in the ledger which messages were sent and which were given up. If the ledger cannot be written, a later run
 * does it.
 */
async function tellLedger(
  { ledger }: NotifierRecords,
  { logger }: NotifierParts,
  chain: string,
  hold: NoticeHold,
): Promise<void> {
  const { state } = hold;
  if (state.told.length === 0) {
    return;
  }
  const told = state.told.slice(0, 50);
  try {
    await ledger.append({
      chain,
      entries: told.map(({ kind, ...payload }) => ({
        kind,
        body: { actor: { kind: 'leakstop' }, payload },
      })),
      cases: [],
    });
    state.told.splice(0, told.length);
  } catch (error) {
    const { message } = error instanceof RemediationError ? error : safeCause(error);
    logger.warning('The ledger cannot be told of messages yet', { subscription: chain, reason: message });
    const lost = state.told.splice(0, state.told.length - mostTold).length;
    if (lost > 0) {
      logger.error('The ledger was not told of messages', { subscription: chain, count: lost });
    }
  }
  await hold.save();
}
