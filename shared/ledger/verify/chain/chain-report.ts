import type { Header, Position } from '../../format/entry.ts';
import { erasureKind, parseErasure } from '../../format/erasure.ts';
import { LedgerFormatError } from '../../format/json.ts';
import type { EntryLine } from '../../format/segment.ts';
import { isMisfit } from './check-payloads.ts';
import { SequenceSet } from './sequence-set.ts';
import { CaseMoves, moveFaults } from './case-moves.ts';
import type { CheckpointClaim } from '../checkpoint/claims.ts';
import { type LedgerFinding, finding } from '../finding.ts';

/** A line that marks a body as gone. */
export interface ErasedMark {
  readonly line: number;
  readonly sequence: number;
  readonly bodyHash: string;
  /** True if the entry is itself the record of an erasure. */
  readonly isRecord: boolean;
  /** Sequence of the record of the erasure, if the line names one. */
  readonly record: number | undefined;
}

/** One body whose erasure an entry records. */
export interface RecordedErasure {
  /** Sequence of the recording entry. */
  readonly record: number;
  readonly sequence: number;
  readonly bodyHash: string;
}

/** A file's entry at a place where files are compared. */
export interface Testimony {
  readonly hash: string;
  readonly line: number;
}

/** The content of one file for one chain. A report knows of no other file, so that no file can be judged by another. */
export class ChainReport {
  readonly file: string;
  readonly chain: string;
  /** Sequence of the first entry. */
  readonly from: number;
  /** The position after the entries so far. */
  end: Position;
  /** Line and time of the last entry; line 1 and no time if there is none. */
  line = 1;
  lastTime = '';
  entries = 0;
  bodies = 0;
  /** The last checkpoint that agrees with an entry of the file. */
  vouched: CheckpointClaim | undefined;
  readonly testimonies = new Map<number, Testimony>();
  readonly withBody = new SequenceSet();
  /** Entries whose payload their kind does not allow; their hashes are right. */
  readonly misfits = new SequenceSet();
  firstMisfit: number | undefined;
  readonly marks: ErasedMark[] = [];
  readonly records: RecordedErasure[] = [];
  readonly #moves: CaseMoves;
  readonly #places: ReadonlySet<number>;

  constructor(file: string, start: Position, places: ReadonlySet<number> = new Set()) {
    this.file = file;
    this.chain = start.chain;
    this.from = start.sequence + 1;
    this.end = start;
    this.#moves = new CaseMoves(start.sequence === 0);
    this.#places = places;
    this.testimonies.set(start.sequence, { hash: start.hash, line: 1 });
  }

  get to(): number {
    return this.end.sequence;
  }

  /** Takes an entry whose link holds and whose body, if present, is the right one. */
  take({ header, hash, bodyText, erased }: EntryLine, line: number): LedgerFinding | undefined {
    const { sequence } = header;
    this.end = { chain: this.chain, sequence, hash };
    this.line = line;
    this.lastTime = header.time;
    this.entries += 1;
    if (this.#places.has(sequence)) {
      this.testimonies.set(sequence, { hash, line });
    }
    if (bodyText !== undefined) {
      this.bodies += 1;
      this.withBody.add(sequence);
    }
    if (erased) {
      const isRecord = header.kind === erasureKind;
      this.marks.push({ line, sequence, bodyHash: header.bodyHash, isRecord, record: erased.record });
    }
    if (bodyText !== undefined && isMisfit(header, bodyText)) {
      this.misfits.add(sequence);
      this.firstMisfit ??= sequence;
    }
    const fault = this.#moves.take(header);
    if (fault !== undefined) {
      return this.#at('illegal-move', header, `"${header.kind}": ${moveFaults[fault]}`);
    }
    return header.kind === erasureKind && bodyText !== undefined ? this.#record(header, bodyText) : undefined;
  }

  #record(header: Header, bodyText: string): LedgerFinding | undefined {
    try {
      for (const { sequence, bodyHash } of parseErasure(bodyText).entries) {
        this.records.push({ record: header.sequence, sequence, bodyHash });
      }
      return undefined;
    } catch (error) {
      if (error instanceof LedgerFormatError) {
        return this.#at('malformed', header, error.message);
      }
      throw error;
    }
  }

  #at(kind: LedgerFinding['kind'], { sequence }: Header, reason: string): LedgerFinding {
    return finding(kind, { file: this.file, line: this.line, chain: this.chain, sequence }, reason);
  }
}
