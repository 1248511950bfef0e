import { createHash } from 'node:crypto';

/** Bytes that stand for one root: 25,000 of them take a tenth of a row. */
const bytesOfRoot = 4;
/** Most roots that one sweep remembers, in all subscriptions together: a row of the table holds one mebibyte. */
const mostRoots = 25_000;

/**
 * The roots that a walk read, as text: the first bytes of each hash, one after the other. A root that was not read is
 * taken for one that was in fewer than one of 100,000 cases.
 */
export function withRoots(read: string, roots: readonly string[]): string {
  const bytes = [Buffer.from(read, 'base64'), ...roots.map(markOf)];
  return Buffer.concat(bytes).toString('base64');
}

/** True if the roots of several walks fit into one row together. */
export function fitInOneRow(reads: readonly string[]): boolean {
  const bytes = reads.reduce((sum, read) => sum + Buffer.byteLength(read, 'base64'), 0);
  return bytes <= mostRoots * bytesOfRoot;
}

/** True if a root is among those that a walk read. */
export function hasRoot(read: string, root: string): boolean {
  const bytes = Buffer.from(read, 'base64');
  const mark = markOf(root);
  for (let start = 0; start + bytesOfRoot <= bytes.length; start += bytesOfRoot) {
    if (mark.equals(bytes.subarray(start, start + bytesOfRoot))) {
      return true;
    }
  }
  return false;
}

function markOf(root: string): Buffer {
  return createHash('sha256').update(root.toLowerCase()).digest().subarray(0, bytesOfRoot);
}
