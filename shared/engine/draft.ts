import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import { caseKey } from '../ledger/format/keys.ts';
import type { CaseEntryKind, CaseState } from '../ledger/format/states.ts';
import { stateAfter } from '../ledger/format/states.ts';
import type { CaseRow, NewEntry, RootView, Unit } from '../ledger/ledger.ts';
import type { CaseData } from './case-data.ts';
import { readCaseData, writeCaseData } from './case-data.ts';
import type { JsonObject } from './remediator.ts';

/** A case as this look knows it, with what has been drafted about it. */
export interface Case {
  readonly key: string;
  readonly caseId: string;
  state: CaseState | 'none';
  data: CaseData;
  /** The version that was read: 'absent' for a case that this draft opens. */
  readonly expected: number | 'absent';
}

export function caseOf(row: CaseRow): Case {
  return {
    key: row.key,
    caseId: row.caseId,
    state: row.state,
    data: readCaseData(row),
    expected: row.sequence,
  };
}

/** The open cases of a root, by key. */
export function casesOf(view: RootView): Map<string, Case> {
  return new Map(view.openCases.map((row) => [row.key, caseOf(row)]));
}

/** Collects what one transaction will say: entries in order, and each case as it is after them. */
export class Draft {
  readonly #entries: NewEntry[] = [];
  readonly #cases = new Map<string, Case>();
  readonly #traceparent: string | undefined;
  #changes = 0;

  constructor(traceparent: string | undefined) {
    this.#traceparent = traceparent;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Opens a case. */
  open(data: CaseData, payload: JsonObject, clock: Clock): Case {
    const opened: Case = {
      key: caseKey(data.root, data.resource, data.control),
      caseId: clock.uuid(),
      state: 'none',
      data,
      expected: 'absent',
    };
    this.move(opened, 'case-opened', payload);
    return opened;
  }

  /** Appends an entry about a case. @throws RemediationError `internal-error` when the move is illegal. */
  move(subject: Case, kind: CaseEntryKind, payload: JsonObject, patch: Partial<CaseData> = {}): void {
    const after = stateAfter(subject.state, kind);
    if (after === undefined) {
      throw new RemediationError(
        'internal-error',
        `Cannot append "${kind}" to a case in state "${subject.state}"`,
      );
    }
    subject.state = after;
    subject.data = { ...subject.data, ...patch };
    this.#cases.set(subject.key, subject);
    this.#changes += kind === 'change-intended' ? 1 : 0;
    this.#entries.push({
      kind,
      key: subject.key,
      caseId: subject.caseId,
      body: {
        resource: subject.data.resource,
        control: subject.data.control,
        actor: { kind: 'leakstop' },
        ...(this.#traceparent === undefined ? {} : { traceparent: this.#traceparent }),
        payload,
      },
    });
  }

  unit(chain: string, limitPerHour: number): Unit {
    return {
      chain,
      entries: this.#entries,
      cases: [...this.#cases.values()].map(({ key, caseId, expected, data }) => ({
        key,
        caseId,
        expected,
        data: writeCaseData(data),
      })),
      ...(this.#changes > 0 ? { changes: { count: this.#changes, limitPerHour } } : {}),
    };
  }
}
