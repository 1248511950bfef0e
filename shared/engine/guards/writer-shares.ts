import type { Opener } from '../../case/case-data.ts';
import type { Clock } from '../../clock.ts';
import { shareOfOne } from '../../policy/policy.ts';
import { actorsOf, principalOf } from '../../case/actors-of.ts';
import type { WriterShares } from '../engine.ts';

/** Most principals that are counted in one hour. Further ones share the count of the last. */
const mostPrincipals = 10_000;

export function openWriterShares(clock: Clock): WriterShares {
  let hour = '';
  let counts = new Map<string, number>();
  const countsNow = (): Map<string, number> => {
    const now = clock.now().toISOString().slice(0, 13);
    if (now !== hour) {
      hour = now;
      counts = new Map();
    }
    return counts;
  };
  return {
    isUsedUp: (opener, limits) => {
      const share = shareOfOne(limits);
      const names = namesOf(opener);
      return names.length > 0 && names.every((name) => (countsNow().get(name) ?? 0) >= share);
    },
    take: (opener) => {
      const known = countsNow();
      for (const name of namesOf(opener)) {
        const kept = known.has(name) || known.size < mostPrincipals ? name : otherPrincipals;
        known.set(kept, (known.get(kept) ?? 0) + 1);
      }
    },
  };
}

const otherPrincipals = 'others';

function namesOf(opener: Opener): readonly string[] {
  return actorsOf(opener)
    .map(principalOf)
    .filter((name) => name !== undefined);
}
