import { segmentName } from '../format/segment.ts';
import type { SealedSegment } from './checkpoints-check.ts';
import type { FileReport } from './file-check.ts';
import { type Finding, finding } from './finding.ts';
import type { Source } from './source.ts';

/**
 * Whether a file in which no body is gone without a record is the segment that a checkpoint sealed; a text when it is, but
 * for those bodies. They excuse other bytes only if nothing else can make them: headers are vouched for by the chain, bodies
 * by their headers, the last line by both, and the first line's time is the last entry's.
 */
export function sealFault(
  { source, manifest, end, sha256, chains: [report] }: FileReport,
  sealed: ReadonlyMap<string, SealedSegment>,
): Finding | string | undefined {
  const [start] = manifest.chains;
  const [last] = end.chains;
  if (manifest.leakstop !== 'segment' || !start || !last || !report) {
    return undefined;
  }
  const ownName = segmentName(start.chain, start.from, last.to);
  const seal = sealOf(source, ownName, sealed);
  if (!seal || seal.sha256 === sha256) {
    return undefined;
  }
  const erased = report.marks.length;
  if (seal.name === ownName && erased > 0 && manifest.createdAt === report.lastTime) {
    return `"${source.name}" differs from what checkpoint ${seal.checkpoint} sealed by ${erased} erased bodies, all of them recorded`;
  }
  const place = { file: source.name, chain: start.chain };
  return finding(
    'altered',
    place,
    `it is not the segment "${seal.name}" that checkpoint ${seal.checkpoint} sealed`,
  );
}

/**
 * What a file must be: by the name that it lies under, or else by the entries that it holds. A run that was broken off
 * leaves segments that no checkpoint names; their entries verify, and nothing seals their bytes.
 */
function sealOf(
  { name }: Source,
  ownName: string,
  sealed: ReadonlyMap<string, SealedSegment>,
): SealedSegment | undefined {
  const path = name.replaceAll('\\', '/').split('/');
  return sealed.get(path.slice(-3).join('/')) ?? sealed.get(ownName);
}
