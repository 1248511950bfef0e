import type { Header } from '../../format/entry.ts';
import { isCaseEntryKind, type MoveFault, moveOf } from '../../format/links.ts';
import {
  type CaseEntryKind,
  caseMoves,
  type CaseState,
  caseStates,
  stateAfter,
} from '../../format/states.ts';
import { Fingerprints } from './fingerprints.ts';

/*
 * The state of a case is a set, as bits: in files that begin in the middle of a chain a case may have been in any state
 * before its first entry here, and each entry narrows that down. An entry that no state allows is illegal.
 */

const states: readonly (CaseState | 'none')[] = ['none', ...caseStates];
const bitOf = (state: CaseState | 'none'): number => 1 << states.indexOf(state);
const none = bitOf('none');
const closed = bitOf('closed');
const any = states.reduce((bits, state) => bits | bitOf(state), 0);

/** For each kind of entry and each state, by its index, the bit of the state after; 0 if the entry is illegal. */
const after = new Map(
  Object.keys(caseMoves).map((kind) => [
    kind,
    states.map((state) => {
      const next = stateAfter(state, kind as CaseEntryKind);
      return next === undefined ? 0 : bitOf(next);
    }),
  ]),
);

/** Texts for the reasons why an entry is no legal move. */
export const moveFaults: Readonly<Record<MoveFault, string>> = {
  'unknown-kind': 'its kind is not one that this version knows',
  'case-missing': 'its kind needs a case, and it names none',
  'case-unexpected': 'its kind belongs to no case, and it names one',
  'illegal-move': 'its kind is not legal in the state that its case was in',
};

/** Follows every case of a chain. Holds the open cases, and a fingerprint of each closed one. */
export class CaseMoves {
  readonly #open = new Map<string, number>();
  readonly #closed = new Fingerprints();
  readonly #unseen: number;

  /** `isWhole`: true if the chain is followed from its first entry on. */
  constructor(isWhole: boolean) {
    this.#unseen = isWhole ? none : any & ~closed;
  }

  /** Takes the next entry; returns the reason if the entry is illegal. */
  take(header: Header): MoveFault | undefined {
    if (!isCaseEntryKind(header.kind) || header.case === null) {
      const move = moveOf('none', header);
      return 'fault' in move ? move.fault : undefined;
    }
    const next = bitsAfter(this.#before(header.case), header.kind);
    if (next === 0) {
      return 'illegal-move';
    }
    if (next === closed) {
      this.#open.delete(header.case);
      this.#closed.add(header.case);
    } else {
      this.#open.set(header.case, next);
    }
    return undefined;
  }

  #before(name: string): number {
    return this.#open.get(name) ?? (this.#closed.has(name) ? closed : this.#unseen);
  }
}

function bitsAfter(before: number, kind: CaseEntryKind): number {
  const moves = after.get(kind) ?? [];
  return moves.reduce((bits, bit, index) => ((before & (1 << index)) === 0 ? bits : bits | bit), 0);
}
