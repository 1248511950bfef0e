import { SequenceSet } from './sequence-set.ts';
import type { ChainReport, ErasedMark, RecordedErasure } from './chain-report.ts';
import type { CheckpointClaim } from '../checkpoint/claims.ts';

/** Entries of one chain without a gap, joined from files that agree. */
export interface Piece {
  readonly chain: string;
  readonly from: number;
  readonly to: number;
  /** The file that ends last, and the line of its last entry. */
  readonly last: ChainReport;
  /** Reports in the order in which their files have to be read. */
  readonly reports: readonly ChainReport[];
  readonly vouched: CheckpointClaim | undefined;
  /** Entries whose body is in one of the files. */
  readonly withBody: SequenceSet;
}

/** All that the files hold of one chain. */
export interface ChainPieces {
  readonly chain: string;
  /** In order, with at least one entry missing between two pieces. */
  readonly pieces: readonly Piece[];
  readonly marks: readonly (ErasedMark & { readonly file: string })[];
  readonly records: readonly RecordedErasure[];
}

/** Joins reports of one chain. The reports agree, and are in the order of their files' names. */
export function piecesOf(chain: string, reports: readonly ChainReport[]): ChainPieces {
  const sorted = reports.toSorted((one, other) => one.from - other.from || other.to - one.to);
  const groups: ChainReport[][] = [];
  let to = -1;
  for (const report of sorted) {
    if (to === -1 || report.from > to + 1) {
      groups.push([report]);
    } else {
      groups.at(-1)?.push(report);
    }
    to = Math.max(to, report.to);
  }
  return {
    chain,
    pieces: groups.flatMap((group) => pieceOf(chain, group) ?? []),
    marks: reports.flatMap(({ file, marks }) => marks.map((mark) => ({ ...mark, file }))),
    records: distinct(reports.flatMap(({ records }) => records)),
  };
}

function pieceOf(chain: string, reports: readonly ChainReport[]): Piece | undefined {
  const [first] = reports;
  if (!first) {
    return undefined;
  }
  const last = reports.reduce((one, other) => (other.to > one.to ? other : one));
  const vouched = reports
    .flatMap((report) => report.vouched ?? [])
    .reduce<CheckpointClaim | undefined>(
      (one, other) => (one && one.sequence >= other.sequence ? one : other),
      undefined,
    );
  const withBody = new SequenceSet();
  reports.forEach((report) => withBody.addAll(report.withBody));
  return { chain, from: first.from, to: last.to, last, reports, vouched, withBody };
}

/** Removes duplicates: a record is in every file that overlaps it. */
function distinct(records: readonly RecordedErasure[]): RecordedErasure[] {
  const known = new Map(
    records.map((each) => [`${each.record} ${each.sequence} ${each.bodyHash}`, each] as const),
  );
  return [...known.values()].sort((one, other) => one.record - other.record || one.sequence - other.sequence);
}
