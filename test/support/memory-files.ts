import { tooLarge } from '../../shared/ledger/bounded-text.ts';
import { type WriteOnceFiles, mostBytesOfFile } from '../../shared/ledger/write-once-files.ts';

/** Files in memory that a test may tamper with, and whose calls it may break. */
export class MemoryFiles {
  readonly texts = new Map<string, string>();

  /** `disturb` is called before and after each call, and may throw. */
  client(disturb: (when: 'before' | 'after') => void = () => undefined): WriteOnceFiles {
    const call = async <T>(run: () => T): Promise<T> => {
      await new Promise((resolve) => setImmediate(resolve));
      disturb('before');
      const result = run();
      disturb('after');
      return result;
    };
    return {
      create: (name, text) =>
        call(() => {
          const isNew = !this.texts.has(name);
          if (isNew) {
            this.texts.set(name, text);
          }
          return isNew;
        }),
      read: (name, mostBytes = mostBytesOfFile) =>
        call(() => {
          const text = this.texts.get(name);
          if (Buffer.byteLength(text ?? '') > mostBytes) {
            throw tooLarge(name, mostBytes);
          }
          return text;
        }),
      names: (prefix) =>
        listed(call(() => [...this.texts.keys()].filter((name) => name.startsWith(prefix)).sort())),
    };
  }

  names(prefix: string): string[] {
    return [...this.texts.keys()].filter((name) => name.startsWith(prefix)).sort();
  }
}

async function* listed(names: Promise<string[]>): AsyncGenerator<string> {
  yield* await names;
}
