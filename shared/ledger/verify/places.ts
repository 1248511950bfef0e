import type { FileEnds } from './file-ends.ts';

/**
 * The entries at which files begin and end. Files are compared there and nowhere else: two that share entries share the
 * end of one of them, and agree on all before it when they agree there.
 */
export type Places = ReadonlyMap<string, ReadonlySet<number>>;

export function placesOf(ends: readonly FileEnds[]): Places {
  const places = new Map<string, Set<number>>();
  const add = (chain: string, sequence: number): void => {
    const known = places.get(chain) ?? new Set();
    places.set(chain, known.add(sequence));
  };
  for (const { manifest, end } of ends) {
    manifest?.chains.forEach(({ chain, from }) => add(chain, from - 1));
    end?.chains.forEach(({ chain, to }) => add(chain, to));
  }
  return places;
}
