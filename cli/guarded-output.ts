import type { Output, Streams } from './output.ts';
import { printable, printableLines } from './printable.ts';

/** The capabilities of standard output. */
export interface Display {
  readonly isTerminal: boolean;
  /** True if our own colours are wanted. */
  readonly isColoured: boolean;
}

/** The colours that `screen.ts` uses: none of them hides, moves or deletes text. */
const colour = /(\u001b\[(?:1|2|22|31|32|33|36|39)m)/;

/**
 * The only way by which a text leaves the program. Files, Azure and the command line hold texts that somebody else wrote, and
 * a caller may forget to escape them: this guard lets only text, line feeds and our colours pass.
 */
export function guarded(streams: Streams, display: () => Display): Output {
  return {
    write: (text) => streams.write(display().isColoured ? paintedLines(text) : printableLines(text)),
    tell: (...lines) => lines.forEach((line) => streams.tell(printable(line))),
    data: (text) => streams.write(display().isTerminal ? printableLines(text) : text),
  };
}

/** Every second part of the split is a colour. */
function paintedLines(text: string): string {
  return text
    .split(colour)
    .map((part, index) => (index % 2 === 1 ? part : printableLines(part)))
    .join('');
}
