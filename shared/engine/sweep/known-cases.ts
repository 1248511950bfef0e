import type { Case } from '../../case/draft.ts';
import { readCases } from '../../case/draft.ts';
import type { Engine } from '../engine.ts';

/** Open cases of a subscription. */
export interface KnownCases {
  /** By lower-case id of their root. */
  readonly roots: ReadonlyMap<string, ReadonlyMap<string, Case>>;
  /** Keys of cases whose row cannot be read. */
  readonly unreadable: ReadonlySet<string>;
}

export async function knownCases(
  { ledger }: Pick<Engine, 'ledger'>,
  subscription: string,
): Promise<KnownCases> {
  const roots = new Map<string, Map<string, Case>>();
  const unreadable = new Set<string>();
  for await (const row of ledger.openCases(subscription, ({ key }) => unreadable.add(key))) {
    const read = readCases([row]);
    read.unreadable.forEach((key) => unreadable.add(key));
    for (const subject of read.cases) {
      const root = subject.data.root.toLowerCase();
      const cases = roots.get(root) ?? new Map<string, Case>();
      roots.set(root, cases.set(subject.key, subject));
    }
  }
  return { roots, unreadable };
}

/** Roots with a row that cannot be read, as keys name them. */
export function unreadableRoots({ unreadable }: Pick<KnownCases, 'unreadable'>): ReadonlySet<string> {
  return new Set([...unreadable].map((key) => key.slice(0, 32)));
}
