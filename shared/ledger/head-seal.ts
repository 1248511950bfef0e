import { timingSafeEqual } from 'node:crypto';
import type { Sealer } from '../seal/sealer.ts';
import { type Digests, digestsToJson } from './digests.ts';
import { canonicalJson } from './format/json.ts';
import type { Head, SealedState } from './rows.ts';

/** The part of a head that is sealed. */
export function sealedState({ sequence, hash, commit, hour, changes, data }: SealedState): SealedState {
  return { sequence, hash, commit, hour, changes, data };
}

/** A head with its seal: over the chain, its end, the data, the digests of its open rows, and where seals of closed rows begin. */
export function sealHead(
  sealer: Sealer,
  head: Head,
  sealed: { readonly digests: Digests; readonly since: number },
): Head {
  const { digests, since } = sealed;
  return {
    ...head,
    seal: { app: sealer.app, seal: sealText(sealer, head.chain, head, sealed), digests, since },
  };
}

/** True if this app sealed the head as it is, or, where it was moved on since, the head that it names. */
export function isSealed(sealer: Sealer, { chain, seal, ...head }: Head): boolean {
  if (seal?.app !== sealer.app) {
    return false;
  }
  const expected = sealText(sealer, chain, seal.of ?? head, seal);
  return (
    seal.seal.length === expected.length && timingSafeEqual(Buffer.from(seal.seal), Buffer.from(expected))
  );
}

function sealText(
  sealer: Sealer,
  chain: string,
  state: SealedState,
  { digests, since }: { readonly digests: Digests; readonly since: number },
): string {
  const text = canonicalJson({ chain, ...sealedState(state), digests: digestsToJson(digests), since });
  return sealer.mac('head', text).toString('hex');
}

/** The head as somebody without the key hands it on: what was sealed stays in it. */
export function handedOn(before: Head, after: Head): Head {
  const { seal } = before;
  return seal === undefined ? after : { ...after, seal: { ...seal, of: seal.of ?? sealedState(before) } };
}
