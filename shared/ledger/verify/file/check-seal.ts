import { segmentName } from '../../format/segment.ts';
import type { SealedSegment } from '../checkpoint/check-checkpoints.ts';
import type { FileReport } from './check-file.ts';
import { type LedgerFinding, finding } from '../finding.ts';
import type { Source } from '../line/read-lines.ts';

/**
 * Checks that a file is the one that its place promises: a segment lies under the name of that segment, and every byte of a
 * sealed one counts. In the given file no body is gone without a record. Returns a notice if only erased bodies differ. The
 * file's own statements excuse nothing: whoever may write the file may write those, too.
 */
export function checkSeal(
  report: FileReport,
  sealed: ReadonlyMap<string, SealedSegment>,
): LedgerFinding | string | undefined {
  const { source, manifest } = report;
  const place = placeOf(source);
  const own = ownName(report);
  const at = { file: source.name, line: 1, chain: manifest.chains[0]?.chain };
  if (own === undefined) {
    const reason = 'it has the name of a segment, and its first line says that it is an export';
    return place.base === undefined ? undefined : finding('altered', at, reason);
  }
  const isElsewhere = place.isSegments ? place.path !== own : !own.endsWith(`/${place.base ?? ''}`);
  const isMisplaced = place.base !== undefined && isElsewhere;
  // The checkpoint that names the place may not have been given, so a seal elsewhere on the same entries excuses nothing.
  const seal = sealed.get(place.path) ?? (isMisplaced ? undefined : sealed.get(own));
  if (seal) {
    return seal.sha256 === report.sha256 ? undefined : differing(report, own, seal);
  }
  return isMisplaced
    ? finding('altered', at, `it has the name of another segment: its entries are those of "${own}"`)
    : undefined;
}

/**
 * Erased bodies excuse other bytes only if nothing else can cause them: the chain vouches for headers, the headers vouch for
 * bodies, both vouch for the last line, and the first line's time is the last entry's time.
 */
function differing(
  { source, manifest, chains: [report] }: FileReport,
  own: string,
  seal: SealedSegment,
): LedgerFinding | string {
  const erased = report?.marks.length ?? 0;
  if (seal.name === own && erased > 0 && manifest.createdAt === report?.lastTime) {
    return `"${source.name}" differs from what checkpoint ${seal.checkpoint} sealed by ${erased} erased bodies, all of them recorded`;
  }
  const place = { file: source.name, chain: seal.chain };
  return finding(
    'altered',
    place,
    `it is not the segment "${seal.name}" that checkpoint ${seal.checkpoint} sealed`,
  );
}

/** The name that a segment has by its entries; undefined for an export. */
function ownName({ manifest, end }: FileReport): string | undefined {
  const [start] = manifest.chains;
  const [last] = end.chains;
  return manifest.leakstop === 'segment' && start && last
    ? segmentName(start.chain, start.from, last.to)
    : undefined;
}

/** Form of every segment's file name, in any folder. */
const segmentFile = /^\d{16}-\d{16}\.ndjson$/;

/**
 * The place of a file: its path from the container's root on, if the file lies in a container, and its own name, if that is a
 * segment's. An interrupted run leaves segments that no checkpoint names; their entries verify, and nothing seals their
 * bytes.
 */
function placeOf({ name, path = name }: Source): {
  readonly path: string;
  readonly base: string | undefined;
  /** True if the file lies as in the container, in a folder of its chain. */
  readonly isSegments: boolean;
} {
  const parts = path.replaceAll('\\', '/').split('/');
  const base = parts.at(-1) ?? '';
  return {
    path: parts.slice(-3).join('/'),
    base: segmentFile.test(base) ? base : undefined,
    isSegments: parts.at(-3) === 'segments',
  };
}
