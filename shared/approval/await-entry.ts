import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import type { ChainReader } from '../ledger/chain-reader.ts';
import { payloadOf } from '../ledger/format/read-payload.ts';
import { refusalCodes, type RefusalCode } from './decision-service.ts';

/** The end of something that was handed in. */
export type Became =
  | { readonly kind: 'recorded' }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly message: string };

/** Longest time for which a person waits for the worker, and the pause between two looks. */
const longestWaitMs = 15_000;
const pauseMs = 200;

/** The parts with which an entry is waited for. */
export interface EntryWait {
  readonly reader: Pick<ChainReader, 'end' | 'entries'>;
  readonly clock: Clock;
}

/**
 * Hands something in, and waits until the worker's entry about it is in the chain. The chain tells, and never the queue: a
 * message that was taken is not yet recorded.
 * @throws RemediationError `storage-unavailable` if it was handed in and is not recorded yet
 */
export async function handInAndAwait(
  { reader, clock }: EntryWait,
  { chain, id }: { readonly chain: string; readonly id: string },
  hand: () => Promise<void>,
): Promise<Became> {
  let seen = await reader.end(chain);
  await hand();
  for (let waited = 0; waited < longestWaitMs; waited += pauseMs) {
    for await (const { sequence, kind, body } of reader.entries(
      chain,
      seen + 1,
      undefined,
      () => undefined,
    )) {
      seen = Math.max(seen, sequence);
      const became = becameOf(kind, body?.payload, id);
      if (became !== undefined) {
        return became;
      }
    }
    await clock.sleep(pauseMs);
  }
  throw new RemediationError(
    'storage-unavailable',
    'It was handed in, and Leakstop has not recorded it yet: look again in a minute, and do not repeat it before',
  );
}

function becameOf(kind: string, payload: unknown, id: string): Became | undefined {
  if (
    payloadOf('decision-recorded', kind, payload)?.decision.id === id ||
    payloadOf('kill-switch-turned', kind, payload)?.turn === id
  ) {
    return { kind: 'recorded' };
  }
  const refused = payloadOf('decision-refused', kind, payload);
  return refused?.id === id
    ? {
        kind: 'refused',
        code: refusalCodes.find((code) => code === refused.code) ?? 'not-decidable',
        message: refused.reason,
      }
    : undefined;
}
