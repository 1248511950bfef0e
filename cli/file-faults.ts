const faults: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'access is denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'it is not a folder',
  ENOSPC: 'the disk is full',
  EMFILE: 'this process has too many files open',
};

/** Text for an error of a file operation; undefined for any other error. */
export function fileFault(error: unknown, path?: string): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') {
    return undefined;
  }
  // An error of a read after the opening does not name its file.
  const name = path ?? ('path' in error && typeof error.path === 'string' ? error.path : undefined);
  return name === undefined ? undefined : `Cannot use "${name}": ${faults[error.code] ?? error.code}`;
}
