import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { takeBaseline } from '../../../shared/engine/run/take-baseline.ts';
import { tellAll } from '../../../shared/words/story/tell-story.ts';
import type { Note } from '../../../shared/work/work.ts';
import { account, newSubscription } from '../../support/estate.ts';
import { readRawChain } from '../../support/read-raw-chain.ts';
import { armCalls, deliver, entriesOf, noteOf, openCasesOf, rawRows } from '../../support/scenario.ts';
import type { TestBed } from '../../support/test-bed.ts';
import { startTestBed } from '../../support/test-bed.ts';

let bed: TestBed;
let subscription: string;
/** What somebody else does, by what the worker has just done or is about to do; given how often that was. */
let meanwhile: { afterLook?: Act; beforeWrite?: Act };
type Act = (time: number) => Promise<void> | void;

beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed.stop());
beforeEach(() => {
  subscription = newSubscription();
  bed.guard(subscription);
  meanwhile = {};
});

/** An engine around whose calls to Azure somebody else gets to act. */
async function engineOf(): Promise<Engine> {
  const { observers, executors } = await bed.newEngine();
  const times = { look: 0, write: 0 };
  return bed.newEngine({
    observers: observers.map((observer) => ({
      ...observer,
      look: async (...wanted) => {
        const look = await observer.look(...wanted);
        await meanwhile.afterLook?.((times.look += 1));
        return look;
      },
    })),
    executors: executors.map((executor) => ({
      ...executor,
      write: async (...change) => {
        await meanwhile.beforeWrite?.((times.write += 1));
        await executor.write(...change);
      },
    })),
  });
}

const properties = { allowBlobPublicAccess: true };
const sound = () => account(subscription, 'weights');
const open = () => account(subscription, 'weights', properties);
const owner = { objectId: 'the-owner', appId: 'a-portal', name: 'owner@example.com' };

/** The drift comes about and is told of, in front of a worker of its own. */
async function leak(bodies = [open()]): Promise<void> {
  bed.azure.arm.state.load(sound());
  expect(await takeBaseline(await bed.newEngine(), bed.queue, subscription)).toMatchObject({
    kind: 'completed',
  });
  const engine = await engineOf();
  bodies.forEach((body) => bed.azure.arm.state.load(body));
  bed.azure.accounting.reset();
  await deliver(bed, engine, sound().id);
}

/** Somebody writes, and Event Grid hands the event on to another worker at once. */
async function somebodyWrites(body: { id: string }, change: Partial<Note> = {}): Promise<void> {
  bed.azure.arm.state.load(body);
  await tellOf(change);
}

async function tellOf(change: Partial<Note> = {}): Promise<void> {
  const other = await bed.newEngine();
  const note = noteOf(sound().id, { actor: owner, ...change });
  expect(await other.work.begin(sound().id.toLowerCase(), note)).toEqual({ kind: 'busy' });
}

const entries = () => entriesOf(bed, subscription);
const kinds = async () => (await entries()).map(({ kind }) => kind);
const closings = async () => (await entries()).filter(({ kind }) => kind === 'case-closed');
const isSound = () =>
  expect(bed.azure.arm.state.get(sound().id)?.properties).toMatchObject({ allowBlobPublicAccess: false });

async function endsWell(): Promise<void> {
  isSound();
  expect(await openCasesOf(bed, subscription)).toEqual([]);
  expect(readRawChain(subscription, await rawRows(bed, subscription)).problems).toEqual([]);
}

/** What people read of the case. */
async function told(): Promise<string> {
  return tellAll(await entries())
    .map(({ told: { title, more } }) => [title, ...more].join('\n'))
    .join('\n');
}

describe('somebody else closes the drift', () => {
  it('between our look and our write: nothing is written, and the closure is theirs', async () => {
    meanwhile.afterLook = async (time) => {
      if (time === 1) {
        await somebodyWrites(sound());
      }
    };
    await leak();
    await endsWell();
    expect(armCalls(bed, subscription).writes).toBe(0);
    expect((await closings()).map(({ payload }) => payload)).toEqual([
      expect.objectContaining({ reason: 'fixed-by-others', otherWriters: [owner] }),
    ]);
    expect(await told()).toContain('owner@example.com through a-portal wrote to it since the drift was seen');
    expect(await kinds()).not.toContain('change-applied');
  });

  it('where nobody tells what is on the row, the resource is looked at again', async () => {
    meanwhile.afterLook = (time) => {
      if (time === 1) {
        bed.azure.arm.state.load(sound());
        bed.faults.add({
          target: 'tables',
          effect: { kind: 'status', status: 403, code: 'AuthorizationFailure' },
          methods: ['GET'],
          urlPattern: String.raw`/work\(`,
        });
      }
    };
    await leak().finally(() => bed.faults.clear());
    expect(armCalls(bed, subscription).writes).toBe(0);
    expect((await closings()).map(({ payload }) => payload.reason)).toEqual(['fixed-by-others']);
  });

  it('just before our write arrives, and is told of before we look again: the closure may be theirs', async () => {
    meanwhile.beforeWrite = () => somebodyWrites(sound());
    await leak();
    await endsWell();
    const closed = await closings();
    expect(closed.map(({ payload }) => payload)).toEqual([
      expect.objectContaining({ reason: 'fixed', otherWriters: [owner] }),
    ]);
    expect(await told()).toContain(
      'owner@example.com through a-portal also wrote in between: the closure may be theirs',
    );
    expect(armCalls(bed, subscription).writes).toBe(1);
  });

  it('and nobody knows who: it is told all the same', async () => {
    meanwhile.beforeWrite = async () => {
      bed.azure.arm.state.load(sound());
      const { actor: _actor, ...note } = noteOf(sound().id);
      await (await bed.newEngine()).work.begin(sound().id.toLowerCase(), note);
    };
    await leak();
    expect((await closings())[0]?.payload).toMatchObject({ reason: 'fixed', otherWriters: [{}] });
    expect(await told()).toContain('somebody also wrote in between');
  });
});

describe('who did not close the drift', () => {
  it('nobody wrote: one read, one write, one read, and the closure is ours', async () => {
    await leak();
    await endsWell();
    expect(armCalls(bed, subscription)).toEqual({ reads: 2, writes: 1 });
    expect((await closings())[0]?.payload).toEqual({ reason: 'fixed' });
  });

  it.each<[string, () => Partial<Note>]>([
    ['wrote before our look', () => ({ time: new Date(Date.now() - 60_000).toISOString() })],
    ['wrote to another resource below', () => ({ resource: `${sound().id}/blobServices/default` })],
    ['asked for a look', () => ({ source: 'look' })],
  ])('whoever %s costs no call, and is not told of', async (_, change) => {
    meanwhile.afterLook = async (time) => {
      if (time === 1) {
        await tellOf(change());
      }
    };
    meanwhile.beforeWrite = () => tellOf(change());
    await leak();
    await endsWell();
    expect((await closings())[0]?.payload).toEqual({ reason: 'fixed' });
    const order = bed.azure.accounting
      .calls()
      .filter(({ path }) => path.toLowerCase().includes(subscription));
    expect(order.slice(0, 3).map(({ method }) => method)).toEqual(['GET', 'PATCH', 'GET']);
  });

  it('the echo of our own write says of nobody else', async () => {
    const { clientId } = bed.deployment.identities.remediate;
    const { observers, executors } = await bed.newEngine();
    bed.azure.arm.state.load(sound());
    await takeBaseline(await bed.newEngine(), bed.queue, subscription);
    bed.azure.arm.state.load(open());
    const engine = await bed.newEngine({
      observers,
      executors: executors.map((executor) => ({
        ...executor,
        write: async (steps, requestId, until) => {
          await tellOf({ actor: { appId: clientId }, requestId });
          await executor.write(steps, requestId, until);
        },
      })),
    });
    await deliver(bed, engine, sound().id);
    await endsWell();
    expect((await closings())[0]?.payload).toEqual({ reason: 'fixed' });
  });
});

describe('somebody who never stops writing keeps no leak open', () => {
  it('what else is written: one look more, and it is closed', async () => {
    let tag = 0;
    meanwhile.afterLook = async () => {
      if (tag < 20) {
        const now = bed.azure.arm.state.get(sound().id) as ReturnType<typeof open>;
        await somebodyWrites({ ...now, tags: { turn: String((tag += 1)) } } as never);
      }
    };
    await leak();
    isSound();
    const calls = bed.azure.accounting
      .calls()
      .filter(({ path }) => path.toLowerCase().includes(subscription));
    const methods = calls.map(({ method }) => method);
    expect(methods.slice(0, 4)).toEqual(['GET', 'GET', 'PATCH', 'GET']);
    expect((await closings())[0]?.payload).toMatchObject({ reason: 'fixed', otherWriters: [owner] });
    expect(readRawChain(subscription, await rawRows(bed, subscription)).problems).toEqual([]);
  });

  it('the drift itself becomes another one at each look: it is closed at the second', async () => {
    let turn = 0;
    const versions = ['TLS1_1', 'TLS1_0'];
    meanwhile.afterLook = async () => {
      const { minimumTlsVersion } = bed.azure.arm.state.get(sound().id)?.properties as Record<string, string>;
      if (minimumTlsVersion !== 'TLS1_2' && turn < 20) {
        const next = { minimumTlsVersion: versions[turn % 2] };
        turn += 1;
        await somebodyWrites(account(subscription, 'weights', next));
      }
    };
    await leak([account(subscription, 'weights', { minimumTlsVersion: 'TLS1_0' })]);
    expect(bed.azure.arm.state.get(sound().id)?.properties).toMatchObject({ minimumTlsVersion: 'TLS1_2' });
    expect(turn).toBeLessThan(6);
    expect(await openCasesOf(bed, subscription)).toEqual([]);
  });
});
