import { text } from 'node:stream/consumers';
import type { BlobClient } from '@azure/storage-blob';
import { RemediationError } from '../errors.ts';

/**
 * The text of a blob. A blob with too many bytes is never read beyond the size it has.
 * @throws RemediationError `malformed-input` for a blob of more than `mostBytes`, and errors of the SDK
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

/** The error for a file with more bytes than a reader accepts. */
export function tooLarge(name: string, mostBytes: number): RemediationError {
  return new RemediationError(
    'malformed-input',
    `Cannot read "${name}": it has more than ${mostBytes} bytes, which nothing of this kind has`,
  );
}
