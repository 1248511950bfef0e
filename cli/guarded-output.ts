import type { Output, Streams } from './output.ts';
import { printable, printableLines } from './printable.ts';

/** What standard output shows. */
export interface Display {
  readonly isTerminal: boolean;
  /** Whether our own colours are wanted. */
  readonly isColoured: boolean;
}

/** The colours that `screen.ts` paints with: none of them hides, moves or deletes. */
const colour = /(\u001b\[(?:1|2|22|31|32|33|36|39)m)/;

/**
 * The one way by which a text leaves the program. Files, Azure and the command line hold what somebody else wrote, and
 * whoever prints it may forget to say so: here nothing passes but text, line feeds and our colours.
 */
export function guarded(streams: Streams, display: () => Display): Output {
  return {
    write: (text) => streams.write(display().isColoured ? paintedLines(text) : printableLines(text)),
    tell: (...lines) => lines.forEach((line) => streams.tell(printable(line))),
    data: (text) => streams.write(display().isTerminal ? printableLines(text) : text),
  };
}

/** Every second part is a colour. */
function paintedLines(text: string): string {
  return text
    .split(colour)
    .map((part, index) => (index % 2 === 1 ? part : printableLines(part)))
    .join('');
}
