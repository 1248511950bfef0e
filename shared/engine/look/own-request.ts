import type { Case } from '../../case/draft.ts';
import { readCases } from '../../case/draft.ts';
import type { PassInput } from '../pass-input.ts';
import type { OwnRequest } from './notes.ts';

/** Age of the oldest closed case that is asked for the request id of an echo: Event Grid retries for a day. */
const echoHorizonMs = 7 * 24 * 60 * 60 * 1_000;

/** The intent on this root that carries the id of a request. */
export async function ownRequest(
  { engine, root }: PassInput,
  open: ReadonlyMap<string, Case>,
  requestId: string,
): Promise<OwnRequest | undefined> {
  const isOf = ({ data }: Case): boolean => data.requestIds.includes(requestId);
  const since = new Date(engine.clock.now().getTime() - echoHorizonMs);
  const found =
    [...open.values()].find(isOf) ??
    readCases(await engine.ledger.closedCases(root.subscriptionId, root.key, since)).cases.find(isOf);
  return found === undefined ? undefined : { resource: found.data.resource, appliedAt: found.data.appliedAt };
}
