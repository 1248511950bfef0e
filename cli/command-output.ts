import type { OutputConfiguration } from 'commander';
import type { Output } from './output.ts';
import { printable, shortened } from './printable.ts';

/** A hint that corrects the command line stands on a line of its own. */
const suggestion = /\n(?=\(Did you mean [^\n]*\?\)\n?$)/;

/**
 * Lets commander's own texts leave the program: help with its lines, a fault of the command line as one. `texts` gets what is
 * on its way.
 */
export function commandOutput(output: Output, texts: Promise<void>[]): OutputConfiguration {
  return {
    writeOut: (text) => texts.push(output.write(text)),
    writeErr: (text) => output.tell(...text.trimEnd().split('\n')),
    // It repeats what was typed, and a shell types the names of files that others named.
    outputError: (text, write) => write(shortened(printable(text.trimEnd().replace(suggestion, ' ')))),
  };
}
