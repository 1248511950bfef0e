import { stripVTControlCharacters } from 'node:util';
import { Chalk } from 'chalk';
import type { ChalkInstance } from 'chalk';
import { guarded } from '../plain.ts';

/** Where the show is printed. */
export interface Screen {
  readonly chalk: ChalkInstance;
  /** Columns that may be used. */
  readonly width: number;
  /** Prints a text as it is, but for characters on which a terminal acts. */
  print(text?: string): void;
  /** Prints a lead and a text beside it, wrapped at words; further lines stand below the text. */
  beside(lead: string, text: string): void;
  /**
   * Shows what goes on until the result is called: one line that is kept up to date on a terminal, elsewhere a line
   * every ten seconds.
   */
  progress(text: () => string): () => void;
}

/** How often progress is shown anew, in milliseconds: on a terminal, and elsewhere. */
const progressMs = { terminal: 500, elsewhere: 10_000 };
const narrowest = 80;
const widest = 120;

/** Opens a stream as a screen. Colours only on a terminal, and never where NO_COLOR is set. */
export function openScreen(
  stream: Pick<NodeJS.WriteStream, 'write'> & Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>>,
  environment: NodeJS.ProcessEnv = process.env,
): Screen {
  const isColoured =
    (environment.NO_COLOR ?? '') === '' && stream.isTTY === true && environment.TERM !== 'dumb';
  const chalk = new Chalk({ level: isColoured ? 1 : 0 });
  const width = Math.min(widest, Math.max(narrowest, stream.columns ?? 100));
  const print = (text = ''): void => {
    stream.write(`${guarded(text)}\n`);
  };
  return {
    chalk,
    width,
    print,
    beside: (lead, text) => {
      const indent = visibleLength(lead);
      const [first = '', ...rest] = wrap(text, width - indent);
      print(`${lead}${first}`);
      rest.forEach((line) => print(`${' '.repeat(indent)}${line}`));
    },
    progress: (text) => {
      if (!isColoured) {
        const timer = setInterval(() => print(text()), progressMs.elsewhere);
        return () => clearInterval(timer);
      }
      const show = (): void => void stream.write(`\r\u001b[K${guarded(text()).replaceAll('\n', ' ')}`);
      show();
      const timer = setInterval(show, progressMs.terminal);
      return () => {
        clearInterval(timer);
        stream.write('\r\u001b[K');
      };
    },
  };
}

/** Columns that a text takes. */
export function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** Breaks a text at spaces into lines that fit; a word that is too long stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && visibleLength(line) + 1 + visibleLength(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
