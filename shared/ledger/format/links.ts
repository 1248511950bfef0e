import { type Header, hashHeader, type Position } from './entry.ts';
import { sha256 } from './json.ts';
import { type CaseEntryKind, caseMoves, type CaseState, chainEntryKinds, stateAfter } from './states.ts';

/** Reasons why an entry does not follow the one before it. */
export type LinkFault = 'wrong-chain' | 'wrong-sequence' | 'wrong-previous';

/** The reason why an entry does not follow `end`; undefined if it follows. */
export function linkFault(end: Position, header: Header): LinkFault | undefined {
  if (header.chain !== end.chain) {
    return 'wrong-chain';
  }
  if (header.sequence !== end.sequence + 1) {
    return 'wrong-sequence';
  }
  return header.previous === end.hash ? undefined : 'wrong-previous';
}

/** The end of the chain after an entry. */
export function positionOf(header: Header): Position {
  return { chain: header.chain, sequence: header.sequence, hash: hashHeader(header) };
}

/** True if a body's stored text has the hash that the header names. */
export function isBodyOf(header: Header, bodyText: string): boolean {
  return sha256(bodyText) === header.bodyHash;
}

/** Reasons why an entry is no legal move of its case. */
export type MoveFault = 'unknown-kind' | 'case-missing' | 'case-unexpected' | 'illegal-move';

export function isCaseEntryKind(kind: string): kind is CaseEntryKind {
  return Object.hasOwn(caseMoves, kind);
}

/**
 * The state of an entry's case after the entry. `before` is the state that the entries so far gave the case, `none` if there
 * were none. Entries of the chain itself move no case: their state after is undefined.
 */
export function moveOf(
  before: CaseState | 'none',
  header: Pick<Header, 'kind' | 'case'>,
): { readonly after: CaseState | undefined } | { readonly fault: MoveFault } {
  if (isCaseEntryKind(header.kind)) {
    if (header.case === null) {
      return { fault: 'case-missing' };
    }
    const after = stateAfter(before, header.kind);
    return after === undefined ? { fault: 'illegal-move' } : { after };
  }
  if (!chainEntryKinds.some((kind) => kind === header.kind)) {
    return { fault: 'unknown-kind' };
  }
  return header.case === null ? { after: undefined } : { fault: 'case-unexpected' };
}
