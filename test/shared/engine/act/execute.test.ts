import { describe, expect, it } from 'vitest';
import type { StepExecutor } from '../../../../shared/contract/executor.ts';
import type { ArmResource } from '../../../../shared/contract/observation.ts';
import type { Observer } from '../../../../shared/contract/observer.ts';
import type { ErrorCode } from '../../../../shared/errors.ts';
import { RemediationError } from '../../../../shared/errors.ts';
import { execute, transientOf } from '../../../../shared/engine/act/execute.ts';
import type { Write } from '../../../../shared/engine/act/merge.ts';
import type { Engine } from '../../../../shared/engine/engine.ts';
import type { PassInput } from '../../../../shared/engine/pass-input.ts';
import { parseResourceId } from '../../../../shared/resource-id.ts';
import type { News, Note } from '../../../../shared/work/work.ts';
import { account1, changeOf, madeCase, stepOn } from '../../../support/made-case.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

/** An account in memory: what is written to it, what is looked at, and how each write is answered. */
class Account {
  readonly clock = new ManualClock('2026-01-01T00:00:00.000Z');
  readonly lookedAt = this.clock.now();
  /** The properties that each request would set. */
  readonly sent: string[][] = [];
  looks = 0;
  /** The account as it is now; undefined when it is gone. */
  properties: Record<string, string> | undefined = { a: 'bad', b: 'bad' };
  /** The answer to the write of some properties. */
  answers = new Map<string, RemediationError>();
  news: News | undefined = { notes: [], isCut: false, writes: [] };
  heedsOthers = true;

  readonly #executor = {
    kind: 'storage-account-update',
    write: (steps) => {
      const names = steps.flatMap(({ after }) => Object.keys(after)).map((path) => path.split('.')[1]!);
      this.sent.push(names);
      const answer = this.answers.get(names.join());
      return answer === undefined ? Promise.resolve() : Promise.reject(answer);
    },
  } as Partial<StepExecutor> as StepExecutor;

  readonly #observer = {
    look: () => {
      this.looks += 1;
      const body = { id: account1, properties: this.properties } as unknown as ArmResource;
      return Promise.resolve({
        startedAt: this.clock.now(),
        root: this.properties === undefined ? undefined : body,
        children: new Map(),
      });
    },
  } as unknown as Observer;

  get input(): PassInput {
    const { clock, heedsOthers } = this;
    const logger = { information: () => undefined, warning: () => undefined, error: () => undefined };
    const newsFor = () =>
      this.news === undefined ? Promise.reject(new Error('the row is away')) : Promise.resolve(this.news);
    const engine = { clock, logger, ownClientIds: ['ours'], work: { newsFor } } as unknown as Engine;
    const root = parseResourceId(account1);
    const claim = { row: { root: root.key }, until: new Date(clock.now().getTime() + 60_000) };
    return { engine, observer: this.#observer, root, claim, heedsOthers } as unknown as PassInput;
  }

  write(...names: string[]): Write {
    const parts = names.map((name) => {
      const step = stepOn(account1, name);
      const data = { change: changeOf(step), requestIds: ['request'] };
      return { subject: madeCase('changing', data, `control of ${name}`), step };
    });
    return { executor: this.#executor, target: account1.toLowerCase(), parts, requestId: 'request' };
  }

  /** The end of each case, by its control. */
  async ends(...writes: Write[]): Promise<Record<string, ErrorCode | 'done'>> {
    const results = await execute({ input: this.input, lookedAt: this.lookedAt }, writes);
    return Object.fromEntries(
      results.map(({ subject, error }) => [subject.data.control.slice(-1), error?.code ?? 'done']),
    );
  }
}

const error = (code: ErrorCode, isWhole = false) => new RemediationError(code, 'no', { isWhole });

describe('a merged write', () => {
  it('is one request', async () => {
    const account = new Account();
    expect(await account.ends(account.write('a', 'b'))).toEqual({ a: 'done', b: 'done' });
    expect(account.sent).toEqual([['a', 'b']]);
  });

  it('that is refused is tried step by step: one bad step stops no other', async () => {
    const account = new Account();
    account.answers.set('a,b', error('access-denied')).set('a', error('access-denied'));
    expect(await account.ends(account.write('a', 'b'))).toEqual({ a: 'access-denied', b: 'done' });
    expect(account.sent).toEqual([['a', 'b'], ['a'], ['b']]);
  });

  it.each<[string, RemediationError]>([
    ['of the whole resource', error('resource-locked', true)],
    ['that passes by itself', error('azure-unavailable')],
  ])('is not tried step by step after a refusal %s', async (_, refusal) => {
    const account = new Account();
    account.answers.set('a,b', refusal);
    expect(await account.ends(account.write('a', 'b'))).toEqual({ a: refusal.code, b: refusal.code });
    expect(account.sent).toEqual([['a', 'b']]);
  });
});

it('when Azure asks us to wait, whatever has not been sent waits too', async () => {
  const account = new Account();
  account.answers.set('a', error('throttled'));
  expect(await account.ends(account.write('a'), account.write('b'))).toEqual({
    a: 'throttled',
    b: 'throttled',
  });
  expect(account.sent).toEqual([['a']]);
});

describe('before a write', () => {
  const byOthers: Note = {
    id: 'event',
    time: '2026-01-01T00:00:01.000Z',
    resource: account1,
    source: 'event',
    actor: { appId: 'theirs' },
  };

  it.each<[string, (account: Account) => void, number, ErrorCode | 'done']>([
    ['a fresh look is enough', () => undefined, 0, 'done'],
    ['an old look is made again', (account) => account.clock.advance(2_000), 1, 'done'],
    [
      'a resource that is as it was not is left alone',
      (account) => {
        account.clock.advance(2_000);
        account.properties = { a: 'other' };
      },
      1,
      'step-conflict',
    ],
    [
      'a resource that is gone is told',
      (account) => {
        account.clock.advance(2_000);
        account.properties = undefined;
      },
      1,
      'resource-gone',
    ],
    [
      'the news of somebody else has it looked at again',
      (account) => {
        account.news = { notes: [byOthers], isCut: false, writes: [] };
      },
      1,
      'done',
    ],
    [
      'news that cannot be had counts as news',
      (account) => {
        account.news = undefined;
      },
      1,
      'done',
    ],
    [
      'news is heeded once only',
      (account) => {
        account.news = undefined;
        account.heedsOthers = false;
      },
      0,
      'done',
    ],
    [
      'our own write is no news',
      (account) => {
        const own = { ...byOthers, actor: { appId: 'OURS' }, requestId: 'request' };
        account.news = { notes: [own], isCut: false, writes: [] };
      },
      0,
      'done',
    ],
  ])('%s', async (_, prepare, looks, end) => {
    const account = new Account();
    prepare(account);
    expect(await account.ends(account.write('a'))).toEqual({ a: end });
    expect(account.looks).toBe(looks);
    expect(account.sent).toHaveLength(end === 'done' ? 1 : 0);
  });
});

it.each<[ErrorCode[], ErrorCode | undefined]>([
  [[], undefined],
  [['access-denied', 'resource-gone'], undefined],
  [['changes-stopped'], undefined],
  [['access-denied', 'throttled', 'azure-unavailable'], 'throttled'],
])('of the errors %j what is left to be done is told by %s', (codes, expected) => {
  const results = codes.map((code) => ({ error: error(code) }) as Parameters<typeof transientOf>[0][number]);
  expect(transientOf(results)?.code).toBe(expected);
});
