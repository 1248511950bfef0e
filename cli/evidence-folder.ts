import { lstat, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { LedgerFormatError } from '../shared/ledger/format/json.ts';

/**
 * A folder that gets its final name once it is complete. Until then its files lie in `<folder>.part`, where an interrupted
 * fetch goes on. This class and the format choose the names of files, never a service's answer.
 */
export class EvidenceFolder {
  /** The given path, without a slash at its end. */
  readonly path: string;
  readonly #part: string;
  /** Names of the files that belong to the folder: this fetch wrote them, or found them correct. */
  readonly #kept = new Set<string>([ledgerFile]);

  #isBegun = false;

  private constructor(path: string) {
    this.path = path;
    this.#part = `${path}.part`;
  }

  /** @throws LedgerFormatError for a folder with content, or with something beside it that no fetch began */
  static async open(given: string): Promise<EvidenceFolder> {
    const folder = new EvidenceFolder(given.replace(/(?<=.)\/+$/, ''));
    const there = await contentOf(folder.path);
    if (there === 'file' || (there !== undefined && there.length > 0)) {
      throw new LedgerFormatError(
        `Cannot fetch to "${folder.path}": ${there === 'file' ? 'it is a file' : 'it holds something already'}; name a folder that is new or empty`,
      );
    }
    if (await isThere(folder.#part)) {
      await refuseForeign(folder);
    }
    return folder;
  }

  /** Path until the folder is complete. */
  get part(): string {
    return this.#part;
  }

  /**
   * Makes the unfinished folder, or goes on with one that a fetch began. It is called once there is a file to keep, so that
   * an earlier refusal leaves nothing behind.
   * @throws LedgerFormatError for a folder that no fetch began
   */
  async begin(): Promise<void> {
    if (this.#isBegun) {
      return;
    }
    await mkdir(dirname(this.#part), { recursive: true });
    if (!(await isMade(this.#part))) {
      await refuseForeign(this);
    }
    this.#isBegun = true;
  }

  /** Path of the export, once the folder was begun. */
  get ledger(): string {
    return join(this.#part, ledgerFile);
  }

  /** The text of a file from an earlier attempt; undefined if there is none. */
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

  /** Marks a file from an earlier attempt as correct. */
  keep(name: string): void {
    this.#kept.add(name);
  }

  /** Writes a complete file: a file that was cut off has another name. */
  async write(name: string, text: string): Promise<void> {
    this.keep(name);
    await this.begin();
    const path = join(this.#part, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  }

  /** Completes the folder: removes files of earlier attempts that do not belong to it, and gives the folder its name. */
  async finish(): Promise<void> {
    for (const name of await filesBelow(this.#part)) {
      if (!this.#kept.has(name)) {
        await rm(join(this.#part, name));
      }
    }
    await rmdir(this.path).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') {
        throw error;
      }
    });
    await rename(this.#part, this.path);
  }
}

const ledgerFile = 'ledger.ndjson';

/** True if the name exists, even as a link to nowhere. */
async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return false;
    }
    throw error;
  }
}

/** Makes a folder that only its owner can enter; false if the name exists. */
async function isMade(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

/** Patterns of the names that a fetch makes, including folders and files that were cut off. */
const fetched = [
  /^(?:ledger\.ndjson)?$/,
  /^checkpoints(?:\/\d{10}\.json(?:\.new)?)?$/,
  /^segments(?:\/[a-z0-9-]+(?:\/\d{16}-\d{16}\.ndjson(?:\.new)?)?)?$/,
  /^public-keys(?:\/[0-9a-f]{32}\.pem(?:\.new)?)?$/,
];

/**
 * True for a name that a fetch makes. Any other file belongs to somebody else: it is neither taken for evidence nor removed.
 */
function isOfFetch(name: string): boolean {
  return fetched.some((pattern) => pattern.test(name.replaceAll('\\', '/')));
}

/** Refuses a folder that somebody else prepared, or that holds a link: going on there would write wherever they want. */
async function refuseForeign({ path, part }: EvidenceFolder): Promise<void> {
  const refused = (why: string) =>
    new LedgerFormatError(`Cannot fetch to "${path}": "${part}" ${why}; remove it, or name another folder`);
  const own = process.getuid?.();
  for (const name of ['', ...(await namesBelow(part))]) {
    const found = await lstat(join(part, name));
    if (name === '' && found.isFile()) {
      throw refused('is in the way');
    }
    if (!isOfFetch(name) || !(found.isDirectory() || (found.isFile() && name !== ''))) {
      throw refused(name === '' ? 'is no folder' : `holds what is no part of a fetch: "${name}"`);
    }
    if ((own !== undefined && found.uid !== own) || (found.isFile() && found.nlink > 1)) {
      throw refused('belongs to somebody else');
    }
  }
}

/** Files and folders below a folder, without following links; none if the path is no folder. */
async function namesBelow(path: string): Promise<readonly string[]> {
  const isFolder = (await lstat(path)).isDirectory();
  return isFolder ? readdir(path, { recursive: true }) : [];
}

async function filesBelow(path: string): Promise<readonly string[]> {
  const found = await readdir(path, { recursive: true, withFileTypes: true });
  return found
    .filter((each) => !each.isDirectory())
    .map((each) => relative(path, join(each.parentPath, each.name)).replaceAll('\\', '/'));
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
