import { text } from 'node:stream/consumers';
import type { BlobClient } from '@azure/storage-blob';
import { RemediationError } from '../errors.ts';

/**
 * The text of a blob, of which no more than its size is read where it has too many bytes.
 * @throws RemediationError `malformed-input` for a blob of more than `mostBytes`, and what the SDK throws
 */
export async function boundedText(blob: BlobClient, mostBytes: number): Promise<string | undefined> {
  const { readableStreamBody, contentLength = 0 } = await blob.download();
  if (contentLength > mostBytes) {
    readableStreamBody?.on('error', () => undefined);
    (readableStreamBody as { destroy?(): void } | undefined)?.destroy?.();
    throw tooLarge(blob.name, mostBytes);
  }
  return readableStreamBody && (await text(readableStreamBody));
}

/** What is thrown for a file of more bytes than are read of it. */
export function tooLarge(name: string, mostBytes: number): RemediationError {
  return new RemediationError(
    'malformed-input',
    `Cannot read "${name}": it has more than ${mostBytes} bytes, which nothing of this kind has`,
  );
}
