const faults: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'access is denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'it is not a folder',
  ENOSPC: 'the disk is full',
  EMFILE: 'this process has too many files open',
};

/** What is to be told of an error that an operation on a file ended with; undefined for an error of another kind. */
export function fileFault(error: unknown, path?: string): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') {
    return undefined;
  }
  // A read that fails after the file was opened does not say of which file.
  const name = path ?? ('path' in error && typeof error.path === 'string' ? error.path : undefined);
  return name === undefined ? undefined : `Cannot use "${name}": ${faults[error.code] ?? error.code}`;
}
