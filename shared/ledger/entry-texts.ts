import { RemediationError } from '../errors.ts';
import type { BodyStore } from './body-store.ts';
import { type Header, parseHeader } from './format/entry.ts';
import type { EntryTexts } from './format/segment.ts';
import type { Row } from './table.ts';
import { joinText } from './text-properties.ts';

/** The properties of an entry's row whose body was erased. */
export function erasedBody(record: number): { readonly bodyIn: 'erased'; readonly erasedBy: number } {
  return { bodyIn: 'erased', erasedBy: record };
}

/**
 * The stored texts of an entry, including a body in a blob. Neither body nor erasure means that the body is missing.
 * @throws RemediationError `malformed-input` for a row without a header, and errors of reading a blob
 */
export async function readEntryTexts(row: Row, header: Header, bodies: BodyStore): Promise<EntryTexts> {
  const headerText = headerTextOf(row);
  if (row.bodyIn === 'erased') {
    const { erasedBy } = row;
    return { headerText, erased: typeof erasedBy === 'number' ? { record: erasedBy } : {} };
  }
  const bodyText = row.bodyIn === 'blob' ? await bodies.getBody(header.bodyHash) : joinText(row, 'body');
  return { headerText, bodyText };
}

/**
 * @throws RemediationError `malformed-input` for a row without a header
 * @throws LedgerFormatError for a malformed header
 */
export function readEntryHeader(row: Row): Header {
  return parseHeader(headerTextOf(row));
}

function headerTextOf(row: Row): string {
  if (typeof row.header !== 'string') {
    throw new RemediationError(
      'malformed-input',
      `Cannot read row "${String(row.rowKey)}" of chain "${String(row.partitionKey)}": it has no header`,
    );
  }
  return row.header;
}
