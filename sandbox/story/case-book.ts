import type { Happening } from './activity.ts';
import { rootOf } from './resource-names.ts';

/** What the ledger has said of one case since the watch began. */
export interface KnownCase {
  readonly resource: string;
  readonly control: string;
  readonly root: string;
  readonly openedAt: Date | undefined;
  state: string;
  closedAt: Date | undefined;
  /** Code and action of the failure, such as `access-denied`. */
  failure: string | undefined;
}

const stateAfter: Readonly<Record<string, string>> = {
  'case-opened': 'open',
  'case-reconsidered': 'open',
  'case-held': 'held',
  'decision-requested': 'awaiting-decision',
  'change-intended': 'changing',
  'change-waiting': 'waiting',
  'change-resumed': 'changing',
  'change-withdrawn': 'open',
  'change-applied': 'verifying',
  'case-stuck': 'stuck',
  'case-failed': 'failed',
  'case-closed': 'closed',
};

/** States in which Leakstop itself still has something to do. */
export const activeStates: readonly string[] = ['open', 'changing', 'waiting', 'verifying'];

/** Follows cases by the entries of the ledger alone. */
export class CaseBook {
  readonly #cases = new Map<string, KnownCase>();
  /** Messages that were given up and events that could not be read. */
  poisoned = 0;

  note(batch: readonly Happening[]): void {
    for (const happening of batch) {
      if (happening.kind === 'entry') {
        this.#enter(happening.entry);
      }
    }
  }

  get all(): readonly KnownCase[] {
    return [...this.#cases.values()];
  }

  /** Cases on an account and what lies in it. */
  about(root: string): readonly KnownCase[] {
    return this.all.filter((known) => known.root === root.toLowerCase());
  }

  #enter(entry: Extract<Happening, { kind: 'entry' }>['entry']): void {
    const { kind, caseId, resource, control, payload, time } = entry;
    if (caseId === undefined) {
      this.poisoned += kind === 'work-failed' || kind === 'event-unreadable' ? 1 : 0;
      return;
    }
    const known: KnownCase = this.#cases.get(caseId) ?? {
      resource,
      control,
      root: rootOf(resource),
      openedAt: kind === 'case-opened' ? time : undefined,
      state: 'unknown',
      closedAt: undefined,
      failure: undefined,
    };
    known.state = (Object.hasOwn(stateAfter, kind) ? stateAfter[kind] : undefined) ?? known.state;
    if (kind === 'case-closed') {
      known.closedAt = time;
    }
    if (kind === 'case-failed') {
      const { code, action } = payload as { code?: string; action?: string };
      known.failure = [code, action].filter((part) => part !== undefined).join(': ');
    }
    this.#cases.set(caseId, known);
  }
}
