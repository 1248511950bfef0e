import { beforeEach, expect, test } from 'vitest';
import { type SwitchParts, turnKillSwitch } from '../../../shared/approval/turn-kill-switch.ts';
import { openSignatureCheck } from '../../../shared/approval/decision-verifier.ts';
import { type InboxRecorder, openInboxRecorder } from '../../../shared/approval/record-handed-in.ts';
import { openLedger } from '../../../shared/ledger/open-ledger.ts';
import { openChainReader } from '../../../shared/ledger/chain-reader.ts';
import { parseKillSwitch } from '../../../shared/policy/kill-switch.ts';
import { person } from '../../support/deciders.ts';
import { localKey } from '../../support/local-key.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryTable } from '../../support/memory-table.ts';

const bodies = { putBody: () => Promise.resolve(), getBody: () => Promise.resolve(undefined) };
const operator = person('olli', ['Leakstop.Operator']);
const other = person('ada', ['Leakstop.Operator']);

/** The blob, every text that it had, and the messages that were sent. */
let texts: string[];
let sent: { readonly root: string; readonly delayInMs: number | undefined }[];
let parts: SwitchParts;
let recorder: InboxRecorder;
let table: ReturnType<MemoryTable['client']>;
beforeEach(() => {
  texts = [];
  sent = [];
  table = new MemoryTable().client();
  const clock = new ManualClock();
  const ledger = openLedger({ table, bodies, clock });
  const key = localKey();
  const logger = { information: () => undefined, warning: () => undefined, error: () => undefined };
  recorder = openInboxRecorder(() => Promise.resolve(ledger), {
    policy: () => Promise.reject(new Error('not asked for')),
    verifier: { check: () => Promise.resolve('forged') },
    check: openSignatureCheck(key, logger),
    queue: () => ({ send: () => Promise.reject(new Error('not asked for')) }),
    clock,
    logger,
    subscriptions: [],
  });
  parts = {
    key,
    inbox: { hand: (message) => recorder.record(message) },
    reader: openChainReader({ table, bodies }),
    switchFile: {
      version: () => Promise.resolve(String(texts.length)),
      write: (text) => Promise.resolve(void texts.push(text)),
      writeOver: (version, text) => {
        const stands = version === String(texts.length);
        if (stands) {
          texts.push(text);
        }
        return Promise.resolve(stands);
      },
    },
    heldBySwitch: () =>
      Promise.resolve([
        { root: 'a', resource: 'a/1' },
        { root: 'a', resource: 'a/2' },
        { root: 'b', resource: 'b' },
      ]),
    queue: () => ({
      send: ({ root }, delayInMs) => Promise.resolve(void sent.push({ root, delayInMs })),
    }),
    clock,
    logger,
  };
});

async function told(): Promise<unknown[]> {
  const changes = [];
  for await (const { body } of openChainReader({ table, bodies }).entries('service', 1)) {
    changes.push(body?.payload.changes);
  }
  return changes;
}

test('letting go has each root that waits looked at once, when no worker remembers the stop any more', async () => {
  expect(await turnKillSwitch(parts, 'stopped', 'odd', operator)).toEqual({ kind: 'turned' });
  expect(sent).toEqual([]);
  expect(await turnKillSwitch(parts, 'allowed', 'mended', operator)).toEqual({ kind: 'turned' });
  expect(sent.map(({ root }) => root)).toEqual(['a', 'b']);
  // A worker remembers for a second.
  expect(sent.every(({ delayInMs = 0 }) => delayInMs > 1_000 && delayInMs < 10_000)).toBe(true);
  expect(await told()).toEqual(['stopped', 'allowed']);
});

test('a stop while somebody lets go wins, at every point of it, and is the last that the ledger says', async () => {
  for (const point of ['version', 'record', 'write'] as const) {
    await turnKillSwitch(parts, 'stopped', 'odd', operator);
    const stop = () => turnKillSwitch(parts, 'stopped', `at ${point}`, other);
    const meanwhile: SwitchParts = {
      ...parts,
      inbox: {
        hand: async (message) => {
          await parts.inbox.hand(message);
          if (point === 'record') {
            await stop();
          }
        },
      },
      switchFile: {
        ...parts.switchFile,
        version: async () => {
          const version = await parts.switchFile.version();
          if (point === 'version') {
            await stop();
          }
          return version;
        },
        writeOver: async (version, text) => {
          if (point === 'write') {
            await stop();
          }
          return parts.switchFile.writeOver(version, text);
        },
      },
    };
    const result = await turnKillSwitch(meanwhile, 'allowed', 'mended', operator);
    expect([point, result]).toMatchObject([point, { kind: 'refused', code: 'changed' }]);
    expect([point, parseKillSwitch(texts.at(-1)).changes]).toEqual([point, 'stopped']);
    expect([point, (await told()).at(-1)]).toEqual([point, 'stopped']);
    expect(sent).toEqual([]);
  }
});

test('what cannot be woken keeps nobody from letting go', async () => {
  const away = { ...parts, heldBySwitch: () => Promise.reject(new Error('the ledger is away')) };
  expect(await turnKillSwitch(away, 'allowed', 'mended', operator)).toEqual({ kind: 'turned' });
  expect(parseKillSwitch(texts.at(-1)).changes).toBe('allowed');
});
