import type { Position } from '../../format/entry.ts';
import { linkFault } from '../../format/links.ts';
import { type Diagnosis, diagnose, type PlacedHeader, type BrokenLink } from './diagnose.ts';
import type { ParsedLine } from '../line/read-lines.ts';

/** An entry that does not fit, as far as is known without what follows it. */
export interface Misfit extends Pick<BrokenLink, 'end' | 'before' | 'faulty'> {
  /** Who knows another entry in its place; undefined when already its link does not hold. */
  readonly contradictedBy: string | undefined;
}

type Ahead = Pick<BrokenLink, 'next' | 'expectedOnLine'> & {
  /** The hash that the last line names for the chain, where nothing stands between. */
  readonly endHash: string | undefined;
};

/** Reads on from an entry that does not fit, and says what was done. */
export async function explain(misfit: Misfit, lines: AsyncIterable<ParsedLine>): Promise<Diagnosis> {
  const isOutOfOrder = linkFault(misfit.end, misfit.faulty.header) === 'wrong-sequence';
  const ahead = await lookAhead(misfit.end, isOutOfOrder, lines);
  return misfit.contradictedBy === undefined
    ? diagnose({ ...misfit, ...ahead })
    : diagnoseContradicted(misfit.faulty, misfit.contradictedBy, ahead);
}

/** The next entry, and for one out of order the whole rest, in search of the one that belongs here. */
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

/** An entry whose link holds, and which is not the one that somebody else knows. */
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
