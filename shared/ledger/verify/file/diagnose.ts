import { hashHeader, type Header, type Position } from '../../format/entry.ts';
import { linkFault } from '../../format/links.ts';
import type { FindingKind } from '../finding.ts';

/** An entry's header and its place in the file. */
export interface PlacedHeader {
  readonly header: Header;
  readonly hash: string;
  readonly line: number;
}

/** Surroundings of an entry that does not follow the one before it. */
export interface BrokenLink {
  /** The position that the entry should have followed. */
  readonly end: Position;
  /** The entry before it in this file, and the hash which that entry names; undefined for the first entry of a chain. */
  readonly before: (PlacedHeader & { readonly previous: string }) | undefined;
  readonly faulty: PlacedHeader;
  /** The entry of the same chain after it. */
  readonly next: PlacedHeader | undefined;
  /** Line further down that holds the entry expected here. */
  readonly expectedOnLine: number | undefined;
}

export interface Diagnosis {
  readonly kind: FindingKind;
  readonly sequence: number;
  readonly line: number;
  readonly reason: string;
}

/**
 * Finds out how a chain was altered where a link fails. Different alterations can leave the same traces; the entries around
 * the fault decide for the smallest alteration that explains them.
 */
export function diagnose(around: BrokenLink): Diagnosis {
  const { end, faulty } = around;
  const { sequence, chain } = faulty.header;
  const at = { line: faulty.line, sequence };
  const expected = end.sequence + 1;
  // If the next entry follows the corrected entry, then the entry is the right one with a wrong field.
  const restored: Header = { ...faulty.header, chain: end.chain, sequence: expected, previous: end.hash };
  const fault = linkFault(end, faulty.header);
  if (fault !== undefined && around.next?.header.previous === hashHeader(restored)) {
    const field = { 'wrong-chain': 'chain', 'wrong-sequence': 'sequence', 'wrong-previous': 'previous' }[
      fault
    ];
    return { ...at, sequence: expected, kind: 'altered', reason: `the header's "${field}" was changed` };
  }
  if (fault === 'wrong-chain') {
    return {
      ...at,
      kind: 'malformed',
      reason: `an entry of chain "${chain}" stands among those of "${end.chain}"`,
    };
  }
  if (sequence > expected) {
    return diagnoseGap(around, expected);
  }
  return sequence < expected ? diagnoseSecond(around) : diagnoseWrongPrevious(around);
}

function diagnoseGap({ faulty, expectedOnLine }: BrokenLink, expected: number): Diagnosis {
  const { sequence } = faulty.header;
  if (expectedOnLine !== undefined) {
    const reason = `entry ${sequence} stands where entry ${expected} belongs, which is on line ${expectedOnLine}`;
    return { kind: 'reordered', line: faulty.line, sequence, reason };
  }
  const missing =
    sequence - 1 === expected ? `entry ${expected} is` : `entries ${expected} to ${sequence - 1} are`;
  return {
    kind: 'removed',
    line: faulty.line,
    sequence: expected,
    reason: `${missing} missing before this line`,
  };
}

function diagnoseSecond({ before, faulty }: BrokenLink): Diagnosis {
  const at = { line: faulty.line, sequence: faulty.header.sequence };
  const isTwin =
    before?.header.sequence === faulty.header.sequence &&
    before.hash !== faulty.hash &&
    before.previous === faulty.header.previous;
  if (isTwin) {
    return {
      ...at,
      kind: 'forked',
      reason: `two different entries ${at.sequence} follow the same entry; the other is on line ${before.line}`,
    };
  }
  return { ...at, kind: 'inserted', reason: `an entry ${at.sequence} was there before this line already` };
}

function diagnoseWrongPrevious({ end, before, faulty, next }: BrokenLink): Diagnosis {
  const { sequence } = faulty.header;
  const isIntact = next?.header.previous === faulty.hash;
  if (before && isIntact) {
    return {
      kind: 'altered',
      line: before.line,
      sequence: end.sequence,
      reason: `its hash is not the one that entry ${sequence} on line ${faulty.line} was chained to`,
    };
  }
  const reason = before
    ? `it was not chained to the entry before it as that stands on line ${before.line}`
    : `it was not chained to the entry that the first line names as the one before it`;
  return { kind: 'altered', line: faulty.line, sequence, reason };
}
