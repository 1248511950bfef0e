import { createHash } from 'node:crypto';
import type { End, Manifest } from '../../format/segment.ts';
import type { ChainReport } from '../chain/chain-report.ts';
import { explain } from './explain.ts';
import { FileWalk, type KnownBySignature } from './file-walk.ts';
import { type LedgerFinding, finding } from '../finding.ts';
import { type ParsedLine, parsedLines } from '../line/read-lines.ts';
import { isCutOff } from '../line/read-lines.ts';
import type { Source } from '../line/read-lines.ts';

/** Result of checking a whole file. */
export interface FileReport {
  readonly source: Source;
  readonly manifest: Manifest;
  readonly end: End;
  /** SHA-256 of its bytes. */
  readonly sha256: string;
  readonly chains: readonly ChainReport[];
}

/**
 * Checks one file from its first byte to its last, by itself and against signed claims. Stops at the first fault: nothing can
 * be said of the part behind it.
 */
export async function checkFile(
  source: Source,
  known: KnownBySignature,
): Promise<FileReport | LedgerFinding> {
  const digest = createHash('sha256');
  const lines = parsedLines(source, (bytes) => digest.update(bytes));
  const { value: first } = await lines.next();
  if (!first || 'fault' in first || first.line.kind !== 'manifest') {
    await lines.return(undefined);
    return notAFile(source.name, first);
  }
  const { manifest } = first.line;
  const walk = new FileWalk(source.name, manifest, known);
  for await (const each of lines) {
    const found = 'fault' in each ? walk.unreadable(each) : walk.take(each.number, each.line);
    if (found && 'faulty' in found) {
      const { kind, line, sequence, reason } = await explain(found, lines);
      return finding(kind, { file: source.name, chain: found.end.chain, line, sequence }, reason);
    }
    if (found) {
      return found;
    }
  }
  const { end, reports: chains } = walk;
  return end ? { source, manifest, end, sha256: digest.digest('hex'), chains } : walk.unfinished();
}

function notAFile(file: string, first: ParsedLine | undefined): LedgerFinding {
  const at = { file, line: 1 };
  if (first && 'fault' in first) {
    return finding(first.fault === isCutOff ? 'interrupted' : 'malformed', at, first.fault);
  }
  return finding('malformed', at, 'the first line does not say what the file is');
}
