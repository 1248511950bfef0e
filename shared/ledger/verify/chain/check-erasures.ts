import type { ChainPieces } from './pieces.ts';
import { type LedgerFinding, finding } from '../finding.ts';
import { groupBy } from '../group-by.ts';

/** Findings on the bodies of one chain that are gone. */
export interface ErasuresCheck {
  readonly findings: readonly LedgerFinding[];
  readonly notices: readonly string[];
  /** Entries whose body is in no file, and whose erasure is recorded. */
  readonly erased: ReadonlySet<number>;
  /** The sequence of the record, by entry, for each missing body that a record explains. */
  readonly explained: ReadonlyMap<number, number>;
  /** Files that lack a body without a record that explains the lack. */
  readonly unexplained: ReadonlySet<string>;
}

type Mark = ChainPieces['marks'][number];

/** Demands a record for every line that marks a body as gone, even if another file has the body. */
export function checkErasures({ chain, pieces, marks, records }: ChainPieces): ErasuresCheck {
  const hasBody = (sequence: number): boolean => pieces.some(({ withBody }) => withBody.has(sequence));
  const recorded = groupBy(
    records.filter(({ record, sequence }) => record > sequence),
    ({ sequence, bodyHash }) => `${sequence} ${bodyHash}`,
  );
  const recordsOf = ({ sequence, bodyHash }: Mark): readonly number[] =>
    (recorded.get(`${sequence} ${bodyHash}`) ?? []).map(({ record }) => record);
  const wrong = marks.filter((mark) => {
    const known = recordsOf(mark);
    return mark.record === undefined ? known.length === 0 : !known.includes(mark.record);
  });
  // Nobody knows the content of a record whose own body is gone. Then the record is the fault, and not the bodies that it may
  // explain.
  const lost = wrong.filter(({ isRecord }) => isRecord).map(({ sequence }) => sequence);
  const isLost = ({ sequence, record, isRecord }: Mark): boolean =>
    !isRecord && lost.some((each) => each === record || (record === undefined && each > sequence));
  const byFile = groupBy(
    wrong.filter((mark) => !isLost(mark)),
    ({ file }) => file,
  );
  const unexplained = new Set(wrong.map(({ sequence }) => sequence));
  const right = marks.filter(({ sequence }) => !unexplained.has(sequence));
  return {
    findings: [...byFile].flatMap(([, some]) => missingBodies(chain, some, recordsOf) ?? []),
    notices: [...recordNotices(chain, records, hasBody), ...lostNotices(chain, wrong.filter(isLost))],
    erased: new Set(right.map(({ sequence }) => sequence).filter((each) => !hasBody(each))),
    explained: new Map(right.map((mark) => [mark.sequence, mark.record ?? Math.min(...recordsOf(mark))])),
    unexplained: new Set(wrong.map(({ file }) => file)),
  };
}

/** One finding for a file, at the first line concerned. */
function missingBodies(
  chain: string,
  marks: readonly Mark[],
  recordsOf: (mark: Mark) => readonly number[],
): LedgerFinding | undefined {
  const [first] = marks;
  if (!first) {
    return undefined;
  }
  const { file, line, sequence, record } = first;
  const known = recordsOf(first);
  const reason =
    known.length > 0
      ? `its body is gone, and the line names entry ${record ?? ''} as the record, which is entry ${known.join(', ')}`
      : 'its body is gone, and no later entry that was given records an erasure';
  const more = marks.length > 1 ? ` (and so are ${marks.length - 1} more in this file)` : '';
  return finding('body-missing', { file, line, chain, sequence }, `${reason}${more}`);
}

function recordNotices(
  chain: string,
  records: ChainPieces['records'],
  hasBody: (sequence: number) => boolean,
): string[] {
  const early = records.filter(({ record, sequence }) => sequence >= record);
  const kept = records.filter(({ record, sequence }) => sequence < record && hasBody(sequence));
  return [...countNotice(chain, early, 'not written yet'), ...countNotice(chain, kept, 'still in the files')];
}

function lostNotices(chain: string, marks: readonly Mark[]): readonly string[] {
  const [first] = marks;
  return first
    ? [
        `chain "${chain}" has ${marks.length} bodies that are gone by a record whose own body is gone (the first is entry ${first.sequence}, in "${first.file}")`,
      ]
    : [];
}

function countNotice(chain: string, records: ChainPieces['records'], what: string): readonly string[] {
  const [first] = records;
  if (!first) {
    return [];
  }
  const where = `the first is entry ${first.sequence}, in the record ${first.record}`;
  return [`chain "${chain}" records bodies as erased that are ${what}: ${records.length} (${where})`];
}
