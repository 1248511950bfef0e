import { type Header, parseHeader } from './entry.ts';
import { LedgerFormatError, sha256 } from './json.ts';
import { type End, endLine, entryLine, type EntryTexts, type Manifest, manifestLine } from './segment.ts';

type Tally = { -readonly [Name in keyof End['chains'][number]]: End['chains'][number][Name] };

/**
 * Makes the text of one file, line by line, and counts for the last line. It checks nothing: a chain that is broken in the
 * table is broken in the file, where a verifier finds the break. Every returned text ends in a line feed.
 */
export class FileComposer {
  readonly #manifest: Manifest;
  readonly #tallies: ReadonlyMap<string, Tally>;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
    this.#tallies = new Map(
      manifest.chains.map(({ chain, from, previous }) => [
        chain,
        { chain, to: from - 1, hash: previous, entries: 0, bodies: 0 },
      ]),
    );
  }

  /** @throws LedgerFormatError for a manifest that no reader would accept. */
  first(): string {
    return `${manifestLine(this.#manifest)}\n`;
  }

  /**
   * The line of the next entry.
   * @throws LedgerFormatError for a malformed header, or a header whose chain the manifest does not name.
   */
  entry(texts: EntryTexts): string {
    const line = `${entryLine(texts)}\n`;
    this.count(parseHeader(texts.headerText), sha256(texts.headerText), texts.bodyText !== undefined);
    return line;
  }

  /** Counts an entry whose line the file already holds. */
  count({ chain, sequence }: Pick<Header, 'chain' | 'sequence'>, hash: string, hasBody: boolean): void {
    const tally = this.#tallies.get(chain);
    if (!tally) {
      throw new LedgerFormatError(`Cannot write an entry of chain "${chain}": the file is not about it`);
    }
    tally.to = sequence;
    tally.hash = hash;
    tally.entries += 1;
    tally.bodies += hasBody ? 1 : 0;
  }

  /** The ends of the chains so far, in the order of the manifest. */
  ends(): End['chains'] {
    return [...this.#tallies.values()].map((tally) => ({ ...tally }));
  }

  last(): string {
    return `${endLine(this.ends())}\n`;
  }
}
