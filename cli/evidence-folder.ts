import { mkdir, readdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LedgerFormatError } from '../shared/ledger/format/json.ts';

/**
 * A folder that gets its name when it is whole. Until then its files lie in `<folder>.part`, where an interrupted fetch goes
 * on. Names of files are made here and by the format, never by what a service answers.
 */
export class EvidenceFolder {
  /** As it was given, without a slash at its end. */
  readonly path: string;
  readonly #part: string;

  private constructor(path: string) {
    this.path = path;
    this.#part = `${path}.part`;
  }

  /** @throws LedgerFormatError for a folder that holds something already */
  static async open(given: string): Promise<EvidenceFolder> {
    const folder = new EvidenceFolder(given.replace(/(?<=.)\/+$/, ''));
    const there = await contentOf(folder.path);
    if (there === 'file' || (there !== undefined && there.length > 0)) {
      throw new LedgerFormatError(
        `Cannot fetch to "${folder.path}": ${there === 'file' ? 'it is a file' : 'it holds something already'}; name a folder that is new or empty`,
      );
    }
    if ((await contentOf(folder.#part)) === 'file') {
      throw new LedgerFormatError(`Cannot fetch to "${folder.path}": "${folder.#part}" is in the way`);
    }
    return folder;
  }

  /** Makes the folder for what is not whole yet; until there is something to keep, a refusal leaves nothing behind. */
  async begin(): Promise<void> {
    await mkdir(this.#part, { recursive: true });
  }

  /** Where the export goes, once the folder was begun. */
  get ledger(): string {
    return join(this.#part, 'ledger.ndjson');
  }

  /** The text of a file that is there from before; undefined when there is none. */
  async read(name: string): Promise<string | undefined> {
    try {
      return await readFile(join(this.#part, name), 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') {
        return undefined;
      }
      throw error;
    }
  }

  /** Writes a file whole: one that was cut off has another name. */
  async write(name: string, text: string): Promise<void> {
    const path = join(this.#part, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  }

  /** Everything is there: the folder gets its name. */
  async finish(): Promise<void> {
    await rmdir(this.path).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') {
        throw error;
      }
    });
    await rename(this.#part, this.path);
  }
}

async function contentOf(path: string): Promise<readonly string[] | 'file' | undefined> {
  try {
    return await readdir(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') {
      return undefined;
    }
    if (code === 'ENOTDIR') {
      return 'file';
    }
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as { readonly code?: string }).code;
}
