import type { Position } from '../../format/entry.ts';
import { linkFault } from '../../format/links.ts';
import { type Diagnosis, diagnose, type PlacedHeader, type BrokenLink } from './diagnose.ts';
import type { ParsedLine } from '../line/read-lines.ts';

/** An entry that does not fit, as far as is known without the lines that follow. */
export interface Misfit extends Pick<BrokenLink, 'end' | 'before' | 'faulty'> {
  /** The voucher for another entry in its place; undefined if already its link fails. */
  readonly contradictedBy: string | undefined;
}

type Ahead = Pick<BrokenLink, 'next' | 'expectedOnLine'> & {
  /** The hash that the last line names for the chain, if no entry stands between. */
  readonly endHash: string | undefined;
};

/** Reads on from an entry that does not fit, and says how the file was altered. */
export async function explain(misfit: Misfit, lines: AsyncIterable<ParsedLine>): Promise<Diagnosis> {
  const isOutOfOrder = linkFault(misfit.end, misfit.faulty.header) === 'wrong-sequence';
  const ahead = await lookAhead(misfit.end, isOutOfOrder, lines);
  return misfit.contradictedBy === undefined
    ? diagnose({ ...misfit, ...ahead })
    : diagnoseContradicted(misfit.faulty, misfit.contradictedBy, ahead);
}

/** Reads the next entry. For an entry out of order, it reads the whole rest in search of the expected entry. */
async function lookAhead(end: Position, isWhole: boolean, lines: AsyncIterable<ParsedLine>): Promise<Ahead> {
  let next: PlacedHeader | undefined;
  for await (const each of lines) {
    if ('fault' in each || each.line.kind === 'manifest') {
      break;
    }
    if (each.line.kind === 'end') {
      const endHash = next ? undefined : each.line.end.chains.find(({ chain }) => chain === end.chain)?.hash;
      return { next, expectedOnLine: undefined, endHash };
    }
    const { header, hash } = each.line.entry;
    next ??= { header, hash, line: each.number };
    if (header.chain === end.chain && header.sequence === end.sequence + 1) {
      return { next, expectedOnLine: each.number, endHash: undefined };
    }
    if (!isWhole) {
      break;
    }
  }
  return { next, expectedOnLine: undefined, endHash: undefined };
}

/** Diagnoses an entry whose link holds, and which contradicts another source. */
function diagnoseContradicted(
  { header, hash, line }: PlacedHeader,
  by: string,
  { next, endHash }: Ahead,
): Diagnosis {
  const { sequence } = header;
  const isFollowed = next?.header.sequence === sequence + 1;
  if ((isFollowed && next.header.previous !== hash) || (endHash !== undefined && endHash !== hash)) {
    const reason = `its hash is neither the one that ${by} names nor the one that was chained on`;
    return { kind: 'altered', line, sequence, reason };
  }
  const reason = `${by} knows another entry ${sequence}: this history was made anew, at the latest here`;
  return { kind: 'forked', line, sequence, reason };
}
