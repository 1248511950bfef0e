import { isDeepStrictEqual } from 'node:util';
import { defined } from '../defined.ts';
import { asKept } from '../ledger/as-kept.ts';
import type { CaseData } from './case-data.ts';
import type { Case, Draft } from './draft.ts';
import type { JudgedDrift } from '../contract/judgement.ts';
import type { Drift } from '../contract/observation.ts';
import type { Json } from '../contract/json.ts';

/** The facts that a look adds about a drift. */
function seenOf({
  remediator,
  finding,
}: JudgedDrift): Pick<CaseData, 'differences' | 'severity' | 'exposure'> {
  return {
    differences: finding.differences.map(toStored),
    severity: finding.severity ?? remediator.meta.severity,
    exposure: finding.exposure,
  };
}

/** True if a drift is exactly as its case says. */
export function isAsKnown({ data }: Pick<Case, 'data'>, judgement: JudgedDrift): boolean {
  const { differences, severity, exposure } = data;
  return isDeepStrictEqual(seenOf(judgement), { differences, severity, exposure });
}

/** Records the new differences of a known drift, or nothing if the drift did not change. */
export function noteDifferences(draft: Draft, subject: Case, judgement: JudgedDrift): void {
  if (isAsKnown(subject, judgement)) {
    return;
  }
  const seen = seenOf(judgement);
  draft.move(
    subject,
    'case-observed',
    {
      differences: seen.differences,
      severity: seen.severity,
      ...defined({ exposure: seen.exposure }),
    },
    seen,
  );
}

/** A difference as rows and entries keep it: without undefined properties, and with Azure's value bounded. */
export function toStored({
  path,
  actual,
  desired,
}: Drift['differences'][number]): CaseData['differences'][number] {
  return { path, desired, ...(actual === undefined ? {} : { actual: bounded(asKept(actual)) }) };
}

/** Longest value of a property that is kept, as JSON in UTF-16 units: a row has no room for many longer ones. */
const longestActual = 4_000;

function bounded(actual: Json): Json {
  const text = JSON.stringify(actual);
  return text.length <= longestActual ? actual : `${text.slice(0, longestActual).toWellFormed()}…`;
}
