import { RemediationError } from '../errors.ts';
import type { BodyStore } from './body-store.ts';
import { readEntryHeader, readEntryTexts } from './entry-texts.ts';
import { parseBody } from './format/entry.ts';
import { canonicalJson, type JsonObject, LedgerFormatError } from './format/json.ts';
import { entryKey } from './format/keys.ts';
import type { CaseRow } from './ledger.ts';
import { readRow } from './read-row.ts';
import type { Row, StorageTable } from './table.ts';

/** True if the last entry of a case carries exactly this row. */
export async function isAsEntrySays(
  { table, bodies }: { readonly table: StorageTable; readonly bodies: BodyStore },
  chain: string,
  { key, caseId, sequence, data }: CaseRow,
): Promise<boolean> {
  const row = await readRow(table, chain, entryKey(sequence));
  if (row === undefined) {
    return false;
  }
  const said = await saidIn(row, bodies);
  return said?.caseId === caseId && said.key === key && canonicalJson(said.data) === canonicalJson(data);
}

interface SaidRow {
  readonly caseId: string | null;
  readonly key: string;
  readonly data: JsonObject;
}

/** The case's row that an entry carries; undefined if it carries none, or is no entry. */
async function saidIn(row: Row, bodies: BodyStore): Promise<SaidRow | undefined> {
  try {
    const header = readEntryHeader(row);
    const { bodyText } = await readEntryTexts(row, header, bodies);
    const said = bodyText === undefined ? undefined : parseBody(bodyText).row;
    return said && { caseId: header.case, key: said.key, data: said.data };
  } catch (error) {
    const isMalformed =
      error instanceof LedgerFormatError ||
      (error instanceof RemediationError && error.code === 'malformed-input');
    if (isMalformed) {
      return undefined;
    }
    throw error;
  }
}
