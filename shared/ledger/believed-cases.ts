import type { Clock } from '../clock.ts';
import { casesIn, collect } from './cases-in.ts';
import { addsUp, bucketOf } from './digests.ts';
import { closedRange, openRange, rootKey } from './format/keys.ts';
import type { HeadGuard } from './head-guard.ts';
import type { KnownChain } from './known-chain.ts';
import type { CaseRow, RootView, TellUnreadable } from './ledger.ts';
import { closedSeal, readCase } from './rows.ts';
import { rowsIn } from './rows-in.ts';
import type { StorageTable } from './table.ts';

/** The parts with which cases of a chain are read. */
interface CaseSource {
  readonly table: StorageTable;
  readonly clock: Clock;
  readonly known: KnownChain;
  readonly guard: HeadGuard | undefined;
}

/** Most readings of rows that do not add up: commits of others come in between head and rows. */
const mostReadings = 8;
const pauseMs = 25;

/**
 * Head and cases are read side by side. One query for both would need "or", and Table Storage answers such a query by walking
 * the whole partition, history included. The cases may therefore be a little newer or older than the head, which does no
 * harm: a unit is committed against each case's version, under the head's ETag. With a guard, the rows of the root's bucket
 * must be those that the sealed head knows.
 * @throws RemediationError `rows-not-believed`
 */
export async function believedRoot(source: CaseSource, chain: string, root: string): Promise<RootView> {
  const { guard, known, clock } = source;
  if (guard === undefined) {
    return (await readRoot(source, chain, root)).view;
  }
  const sealer = await guard.sealer();
  for (let reading = 1; ; reading += 1) {
    const { view, head, bucket } = await readRoot(source, chain, root);
    const before = head.seal?.digests ?? new Map<string, bigint>();
    if (addsUp(before, bucket.name, { sealer, chain, rows: bucket.rows })) {
      return view;
    }
    const after = (await known.readHead()).head;
    if (addsUp(after.seal?.digests ?? new Map(), bucket.name, { sealer, chain, rows: bucket.rows })) {
      return { ...view, head: after.data };
    }
    if (reading >= mostReadings) {
      known.trust({ digests: await guard.digestsVouchedFor(after, 'rows-not-sealed') });
      return view;
    }
    await clock.sleep(pauseMs * reading * (1 + clock.random()));
  }
}

async function readRoot({ table, known, guard }: CaseSource, chain: string, root: string) {
  const etagBefore = known.etag;
  const unreadable: string[] = [];
  const ofRoot = `${rootKey(root)}.`;
  const tell: TellUnreadable = ({ key }) => {
    if (key.startsWith(ofRoot)) {
      unreadable.push(key);
    }
  };
  const range = guard === undefined ? openRange(root) : bucketRange(bucketOf(ofRoot));
  const [{ head, etag }, rows] = await Promise.all([
    known.readHead(),
    collect(casesIn(table, chain, range, { tell })),
  ]);
  const openCases = rows.filter(({ key }) => key.startsWith(ofRoot));
  if (etag === etagBefore) {
    known.admit(etag, openCases);
  }
  const view: RootView = {
    head: head.data,
    openCases,
    ...(unreadable.length === 0 ? {} : { unreadable }),
  };
  return { view, head, bucket: { name: bucketOf(ofRoot), rows } };
}

function bucketRange(bucket: string) {
  const from = `open!${bucket}`;
  return { from, before: `${from}~` };
}

/**
 * Every open case of a chain. The cases of a bucket that does not add up, at the beginning or at the end of the reading, count
 * as unreadable: whoever reads them is to look at their roots by themselves.
 */
export async function* believedCases(
  { table, known, guard }: CaseSource,
  chain: string,
  tell: TellUnreadable | undefined,
): AsyncGenerator<CaseRow> {
  const sealer = await guard?.sealer();
  const before = (await known.readHead()).head.seal?.digests ?? new Map<string, bigint>();
  const rows = await collect(casesIn(table, chain, openRange(), { tell }));
  const after = (await known.readHead()).head.seal?.digests ?? new Map<string, bigint>();
  const buckets = Map.groupBy(rows, ({ key }) => bucketOf(key));
  for (const [bucket, inBucket] of buckets) {
    const sums = [before, after];
    const isBelieved =
      sealer === undefined ||
      sums.some((digests) => addsUp(digests, bucket, { sealer, chain, rows: inBucket }));
    if (isBelieved) {
      yield* inBucket;
    } else {
      inBucket.forEach(({ key }) => tell?.({ key }));
    }
  }
}

/**
 * The closed cases of a root since a time, newest last. With a guard each row must be as this app sealed it: a row of somebody
 * else stops changes, unless a person has vouched for the chain's end and the row is what its entry says.
 * @throws RemediationError `rows-not-believed`
 */
export async function closedCases(
  { table, known, guard }: CaseSource,
  { chain, root, since }: { readonly chain: string; readonly root: string; readonly since: Date },
  tell: TellUnreadable | undefined,
): Promise<CaseRow[]> {
  const sealer = await guard?.sealer();
  const cases: CaseRow[] = [];
  const condition = `closedAt ge '${since.toISOString()}'`;
  for await (const row of rowsIn(table, chain, closedRange(root), condition)) {
    const read = readCase(row, tell);
    const isSealed =
      sealer === undefined ||
      (read !== undefined && row.seal === closedSeal(sealer, chain, read, String(row.closedAt)));
    if (!isSealed && guard !== undefined) {
      known.trust({ since: await guard.vouchFor((await known.readHead()).head, read) });
    }
    if (read !== undefined) {
      cases.push(read);
    }
  }
  return cases.sort((one, other) => one.sequence - other.sequence);
}
