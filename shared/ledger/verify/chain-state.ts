import { genesis, type Position } from '../format/entry.ts';
import { erasureKind, parseErasure } from '../format/erasure.ts';
import { LedgerFormatError } from '../format/json.ts';
import type { EntryLine } from '../format/segment.ts';
import { CaseMoves } from './case-moves.ts';
import type { Claim } from './claims.ts';
import { type Finding, finding } from './finding.ts';

export interface EntryPlace {
  readonly file: string;
  readonly line: number;
}

type ErasedBody = EntryPlace & { readonly bodyHash: string };

const moveFaults = {
  'unknown-kind': 'its kind is not one that this version knows',
  'case-missing': 'its kind needs a case, and it names none',
  'case-unexpected': 'its kind belongs to no case, and it names one',
  'illegal-move': 'its kind is not legal in the state that its case was in',
} as const;

/** What is known of one chain after the files read so far. */
export class ChainState {
  readonly chain: string;
  /** Sequence of the first entry that was followed without a gap up to `position`. */
  from = 1;
  position: Position;
  /** Where the last entry was read. */
  place: EntryPlace | undefined;
  /** The last checkpoint that an entry was found to agree with. */
  vouched: Claim | undefined;
  entries = 0;
  bodies = 0;
  erased = 0;
  leftOut = 0;
  /** Whether something is wrong, so that what is missing later need not be said. */
  isBroken = false;
  #cases = new CaseMoves(true);
  readonly #unexplained = new Map<number, ErasedBody>();

  constructor(chain: string) {
    this.chain = chain;
    this.position = genesis(chain);
  }

  /** Goes on behind a gap: what cases were before is not known. */
  skipTo(end: Position): void {
    this.from = end.sequence + 1;
    this.position = end;
    this.#cases = new CaseMoves(false);
  }

  /** Takes an entry whose link holds. One that another file brought already is passed over. */
  take({ header, hash, bodyText, erased }: EntryLine, place: EntryPlace): Finding | undefined {
    if (header.sequence <= this.position.sequence) {
      return undefined;
    }
    this.position = { chain: this.chain, sequence: header.sequence, hash };
    this.place = place;
    this.entries += 1;
    const at = { ...place, chain: this.chain, sequence: header.sequence };
    const fault = this.#cases.take(header);
    if (fault !== undefined) {
      return finding('illegal-move', at, `"${header.kind}": ${moveFaults[fault]}`);
    }
    if (bodyText === undefined) {
      this.#withoutBody(header, erased !== undefined, place);
      return undefined;
    }
    this.bodies += 1;
    return header.kind === erasureKind ? this.#record(bodyText, at) : undefined;
  }

  #withoutBody(header: EntryLine['header'], isErased: boolean, place: EntryPlace): void {
    if (isErased) {
      this.#unexplained.set(header.sequence, { ...place, bodyHash: header.bodyHash });
    } else {
      this.leftOut += 1;
    }
  }

  #record(bodyText: string, at: EntryPlace & { readonly sequence: number }): Finding | undefined {
    try {
      for (const { sequence, bodyHash } of parseErasure(bodyText).entries) {
        if (this.#unexplained.get(sequence)?.bodyHash === bodyHash) {
          this.#unexplained.delete(sequence);
          this.erased += 1;
        }
      }
      return undefined;
    } catch (error) {
      if (error instanceof LedgerFormatError) {
        return finding('malformed', { ...at, chain: this.chain }, error.message);
      }
      throw error;
    }
  }

  /** Bodies that are gone and whose erasure no entry records. */
  missingBodies(): readonly Finding[] {
    return [...this.#unexplained].map(([sequence, { file, line }]) =>
      finding(
        'body-missing',
        { file, line, chain: this.chain, sequence },
        'its body is gone, and no later entry that was given records an erasure',
      ),
    );
  }
}
