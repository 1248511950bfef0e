import { genesis, type Header, parseBody, type Position } from '../../format/entry.ts';
import { erasureKind } from '../../format/erasure.ts';
import { LedgerFormatError } from '../../format/json.ts';
import { isBodyOf, linkFault } from '../../format/links.ts';
import type { End, EntryLine, Filter, Line, Manifest } from '../../format/segment.ts';
import { ChainReport } from '../chain/chain-report.ts';
import { type CheckpointClaim, type CheckpointClaims, claimant } from '../checkpoint/claims.ts';
import type { PlacedHeader } from './diagnose.ts';
import type { Misfit } from './explain.ts';
import { type LedgerFinding, finding } from '../finding.ts';
import type { Places } from './file-ends.ts';
import { isCutOff } from '../line/read-lines.ts';

/** Signed claims that a file is checked against. No other file has a say. */
export interface KnownBySignature {
  readonly claims: CheckpointClaims;
  readonly places: Places;
}

/** Goes through the lines of one file after its first one. */
export class FileWalk {
  end: End | undefined;
  readonly #file: string;
  readonly #manifest: Manifest;
  readonly #known: KnownBySignature;
  readonly #reports = new Map<string, ChainReport>();
  #index = -1;
  #before: (PlacedHeader & { readonly previous: string }) | undefined;
  #line = 1;

  constructor(file: string, manifest: Manifest, known: KnownBySignature) {
    this.#file = file;
    this.#manifest = manifest;
    this.#known = known;
  }

  /** The file's report on each chain. */
  get reports(): readonly ChainReport[] {
    return [...this.#reports.values()];
  }

  /** Takes the next line. After a misfit, the following lines have to be read to explain the alteration. */
  take(number: number, line: Line): LedgerFinding | Misfit | undefined {
    this.#line = number;
    if (this.end) {
      return this.#at('malformed', 'the file goes on behind its last line: two files were put together');
    }
    switch (line.kind) {
      case 'manifest':
        return this.#at('malformed', 'a second file begins here: two files were put together');
      case 'end':
        return this.#takeEnd(line.end);
      case 'entry':
        return this.#takeEntry(line.entry);
    }
  }

  unreadable({ number, fault }: { readonly number: number; readonly fault: string }): LedgerFinding {
    this.#line = number;
    return fault === isCutOff ? this.unfinished(fault) : this.#at('malformed', fault);
  }

  unfinished(fault = 'the file ends behind this line, and its last line is missing'): LedgerFinding {
    const position = this.#position();
    const place = {
      file: this.#file,
      line: this.#line,
      chain: position?.chain,
      sequence: position?.sequence,
    };
    return finding('interrupted', place, `${fault}: what wrote it did not finish`);
  }

  #takeEntry(entry: EntryLine): LedgerFinding | Misfit | undefined {
    const { header, hash } = entry;
    const begun = this.#goTo(header);
    if (begun) {
      return begun;
    }
    const position = this.#position();
    if (!position) {
      return this.#at('malformed', 'an entry stands in a file that is about no chain', header);
    }
    const faulty = { header, hash, line: this.#line };
    const isLinked = linkFault(position, header) === undefined;
    const claim = isLinked ? this.#contradiction(entry) : undefined;
    if (!isLinked || claim) {
      return { end: position, before: this.#before, faulty, contradictedBy: claim && claimant(claim) };
    }
    this.#before = { ...faulty, previous: header.previous };
    return this.#bodyFault(entry) ?? this.#hand(entry);
  }

  #contradiction({ header, hash }: EntryLine): CheckpointClaim | undefined {
    return this.#known.claims.at(header.chain, header.sequence).find((each) => each.hash !== hash);
  }

  #hand(entry: EntryLine): LedgerFinding | undefined {
    const { chain, sequence } = entry.header;
    const report = this.#reports.get(chain);
    if (report) {
      report.vouched = this.#known.claims.at(chain, sequence)[0] ?? report.vouched;
    }
    return report?.take(entry, this.#line);
  }

  #bodyFault({ header, bodyText, erased }: EntryLine): LedgerFinding | undefined {
    if (bodyText === undefined) {
      return erased || !mustHaveBody(this.#manifest.filter, header)
        ? undefined
        : this.#at('body-missing', 'its body was left out, and the first line gives no reason to', header);
    }
    if (!isBodyOf(header, bodyText)) {
      return this.#at('altered', 'its body is not the one that the header was made for', header);
    }
    try {
      parseBody(bodyText);
      return undefined;
    } catch (error) {
      if (error instanceof LedgerFormatError) {
        return this.#at('malformed', error.message, header);
      }
      throw error;
    }
  }

  /** Moves on to an entry's chain; all chains before that one end here. */
  #goTo(header: Header): LedgerFinding | undefined {
    if (this.#manifest.chains[this.#index]?.chain === header.chain) {
      return undefined;
    }
    const index = this.#manifest.chains.findIndex(({ chain }) => chain === header.chain);
    if (index === -1 && this.#index === -1) {
      return this.#at('malformed', `the first line does not name chain "${header.chain}"`, header);
    }
    // If the chain is not named, or came before, then the entry is out of place, and is judged as an entry of the current
    // chain.
    return index <= this.#index ? undefined : this.#enter(index);
  }

  #enter(index: number): LedgerFinding | undefined {
    for (const { chain, from, previous } of this.#manifest.chains.slice(this.#index + 1, index + 1)) {
      this.#index += 1;
      this.#before = undefined;
      const start = { chain, sequence: from - 1, hash: previous };
      this.#reports.set(chain, new ChainReport(this.#file, start, this.#known.places.get(chain)));
      const fault = this.#startFault(start);
      if (fault) {
        return fault;
      }
    }
    return undefined;
  }

  /** The fault in the first line's statement about the entry before the first one. */
  #startFault({ chain, sequence, hash }: Position): LedgerFinding | undefined {
    const place = { file: this.#file, line: 1, chain, sequence };
    if (sequence === 0 && hash !== genesis(chain).hash) {
      return finding('altered', place, 'the first line names a beginning that is not this chain’s');
    }
    const wrong = this.#known.claims.at(chain, sequence).find((claim) => claim.hash !== hash);
    return (
      wrong &&
      finding('forked', place, `it goes on from another entry ${sequence} than ${claimant(wrong)} knows`)
    );
  }

  #takeEnd(end: End): LedgerFinding | undefined {
    const begun = this.#enter(this.#manifest.chains.length - 1);
    if (begun) {
      return begun;
    }
    this.end = end;
    const names = end.chains.map(({ chain }) => chain).join();
    if (names !== this.#manifest.chains.map(({ chain }) => chain).join()) {
      return this.#at('malformed', 'the last line is about other chains than the first');
    }
    for (const told of end.chains) {
      const fault = this.#endFault(told);
      if (fault) {
        return fault;
      }
    }
    return undefined;
  }

  #endFault({ chain, to, hash, entries, bodies }: End['chains'][number]): LedgerFinding | undefined {
    const report = this.#reports.get(chain);
    const { sequence, hash: last } = report?.end ?? genesis(chain);
    const tally = { entries: report?.entries ?? 0, bodies: report?.bodies ?? 0 };
    const at = { file: this.#file, line: this.#line, chain, sequence };
    if (to > sequence) {
      const reason = `the last line knows entries up to ${to}, and those after ${sequence} are not there`;
      return finding('truncated', { ...at, sequence: sequence + 1 }, reason);
    }
    if (to < sequence) {
      return finding('inserted', at, `the last line knows entries up to ${to} only`);
    }
    if (hash !== last) {
      return finding('altered', at, 'its hash is not the one that the last line names');
    }
    return entries === tally.entries && bodies === tally.bodies
      ? undefined
      : finding(
          'altered',
          at,
          `the last line counts ${entries} entries and ${bodies} bodies, and there are ${tally.entries} and ${tally.bodies}`,
        );
  }

  #position(): Position | undefined {
    return this.#reports.get(this.#manifest.chains[this.#index]?.chain ?? '')?.end;
  }

  #at(kind: LedgerFinding['kind'], reason: string, header?: Header): LedgerFinding {
    const place = { file: this.#file, line: this.#line, chain: header?.chain, sequence: header?.sequence };
    return finding(kind, place, reason);
  }
}

/** True if the filter keeps an entry's body, as far as the header tells. */
function mustHaveBody(filter: Filter | undefined, { time, kind, case: name }: Header): boolean {
  if (!filter || kind === erasureKind) {
    return true;
  }
  return (
    filter.control === undefined &&
    (filter.case === undefined || filter.case === name) &&
    (filter.since === undefined || time >= filter.since) &&
    (filter.until === undefined || time < filter.until)
  );
}
