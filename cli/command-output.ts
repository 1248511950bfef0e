import type { OutputConfiguration } from 'commander';
import type { Output } from './output.ts';
import { printable, shortened } from './printable.ts';

/** A hint that corrects the command line, which stands on a line of its own. */
const suggestion = /\n(?=\(Did you mean [^\n]*\?\)\n?$)/;

/**
 * Passes commander's own texts on to the output: help with its lines, an error on the command line as one line. `texts`
 * collects the pending writes.
 */
export function commandOutput(output: Output, texts: Promise<void>[]): OutputConfiguration {
  return {
    writeOut: (text) => texts.push(output.write(text)),
    writeErr: (text) => output.tell(...text.trimEnd().split('\n')),
    // The error repeats the typed words, and a shell completes names of files that others chose.
    outputError: (text, write) => write(shortened(printable(text.trimEnd().replace(suggestion, ' ')))),
  };
}
