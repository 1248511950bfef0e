import { FileComposer } from '../format/compose.ts';
import { genesis, type Position } from '../format/entry.ts';
import { LedgerFormatError } from '../format/json.ts';
import { linkFault } from '../format/links.ts';
import { type EntryLine, type Manifest, parseLine } from '../format/segment.ts';
import { isCutOff, readLines } from '../verify/line/read-lines.ts';
import type { Source } from '../verify/line/read-lines.ts';

/** The intact part of an unfinished export. */
export interface InterruptedExport {
  readonly manifest: Manifest;
  /** Composer that has counted the existing entries. */
  readonly composer: FileComposer;
  /** The chain of the last whole entry, and the position of that entry; undefined before the first one. */
  readonly chain: string | undefined;
  readonly position: Position | undefined;
  readonly entries: number;
  /** Length of the whole lines in bytes. Half a line may follow. */
  readonly length: number;
}

/**
 * Reads an interrupted export, and checks that its entries are linked.
 * @throws LedgerFormatError if the file is no export, is complete, or is damaged elsewhere than at its end
 */
export async function readInterrupted(source: Source): Promise<InterruptedExport> {
  let reading: Reading | undefined;
  let length = 0;
  for await (const { number, text, fault } of readLines(source)) {
    if (fault === isCutOff && reading) {
      break;
    }
    if (fault !== undefined) {
      throw new LedgerFormatError(`Cannot resume "${source.name}": line ${number}: ${fault}`);
    }
    const line = lineOf(source.name, number, text);
    if (!reading) {
      reading = start(source.name, line);
    } else if (line.kind === 'entry') {
      take(reading, source.name, number, line.entry);
    } else {
      throw new LedgerFormatError(
        `Cannot resume "${source.name}": line ${number}: ${line.kind === 'end' ? 'the export is complete' : 'it is no entry'}`,
      );
    }
    length += Buffer.byteLength(text) + 1;
  }
  if (!reading) {
    throw new LedgerFormatError(`Cannot resume "${source.name}": it holds nothing`);
  }
  return { ...reading, chain: reading.position?.chain, length };
}

function lineOf(name: string, number: number, text: string): ReturnType<typeof parseLine> {
  try {
    return parseLine(text);
  } catch (error) {
    if (error instanceof LedgerFormatError) {
      throw new LedgerFormatError(`Cannot resume "${name}": line ${number}: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}

interface Reading {
  readonly manifest: Manifest;
  readonly composer: FileComposer;
  position: Position | undefined;
  entries: number;
}

function start(name: string, line: ReturnType<typeof parseLine>): Reading {
  if (line.kind !== 'manifest' || line.manifest.leakstop !== 'export') {
    throw new LedgerFormatError(`Cannot resume "${name}": line 1: it is not the first line of an export`);
  }
  return {
    manifest: line.manifest,
    composer: new FileComposer(line.manifest),
    position: undefined,
    entries: 0,
  };
}

function take(reading: Reading, name: string, number: number, { header, hash, bodyText }: EntryLine): void {
  const { position } = reading;
  const end = position?.chain === header.chain ? position : genesis(header.chain);
  if (linkFault(end, header) !== undefined) {
    throw new LedgerFormatError(
      `Cannot resume "${name}": line ${number}: the entry does not follow the one before it`,
    );
  }
  reading.composer.count(header, hash, bodyText !== undefined);
  reading.position = { chain: header.chain, sequence: header.sequence, hash };
  reading.entries += 1;
}
