import { readCaseData, type CaseData } from '../case/case-data.ts';
import type { Severity } from '../contract/observation.ts';
import { RemediationError } from '../errors.ts';
import type { CaseState, CloseReason, HoldReason } from '../ledger/format/states.ts';
import type { CaseRow } from '../ledger/ledger.ts';

/** The facts of a case for lists and charts. Its data is kept as text, which takes a third of the memory of objects. */
export interface IndexedCase {
  /** The chain that holds the case: a subscription, `tenant` or `service`. */
  readonly chain: string;
  readonly key: string;
  readonly caseId: string;
  readonly state: CaseState;
  readonly sequence: number;
  readonly resource: string;
  readonly control: string;
  readonly severity: Severity;
  /** Milliseconds since 1970 at which the drift was first seen. */
  readonly openedAt: number;
  /** Milliseconds since 1970 at which the case was closed. */
  readonly closedAt: number | undefined;
  readonly closed: CloseReason | undefined;
  readonly hold: { readonly reason: HoldReason; readonly until: number | undefined } | undefined;
  /** True if a change is offered. */
  readonly hasChange: boolean;
  readonly dataText: string;
}

/** @throws RemediationError `malformed-input` for a row that is not of its format */
export function indexCase(chain: string, row: CaseRow, closedAt: string | undefined): IndexedCase {
  const data = readCaseData(row);
  const { hold } = data;
  return {
    chain,
    key: row.key,
    caseId: row.caseId,
    state: row.state,
    sequence: row.sequence,
    resource: data.resource,
    control: data.control,
    severity: data.severity,
    openedAt: openedAtOf(row, data),
    closedAt: closedAt === undefined ? undefined : (momentOf(closedAt) ?? openedAtOf(row, data)),
    closed: data.closed,
    hold:
      hold === undefined
        ? undefined
        : {
            reason: hold.reason,
            until: momentOf(hold.until),
          },
    hasChange: data.change !== undefined,
    dataText: JSON.stringify(row.data),
  };
}

/** Milliseconds since 1970; undefined for a text that is no time. */
function momentOf(text: string | undefined): number | undefined {
  const moment = Date.parse(text ?? '');
  return Number.isNaN(moment) ? undefined : moment;
}

function openedAtOf({ caseId }: CaseRow, { firstSeenDrifted }: CaseData): number {
  const openedAt = momentOf(firstSeenDrifted);
  if (openedAt === undefined) {
    throw new RemediationError(
      'malformed-input',
      `Cannot read the case "${caseId}": firstSeenDrifted: expected a time`,
    );
  }
  return openedAt;
}

/** The row that was indexed. */
export function rowOf({ key, caseId, state, sequence, dataText }: IndexedCase): CaseRow {
  return { key, caseId, state, sequence, data: JSON.parse(dataText) as CaseRow['data'] };
}

export function dataOf(indexed: IndexedCase): CaseData {
  return readCaseData(rowOf(indexed));
}
