import { isDeepStrictEqual } from 'node:util';
import type { CaseData } from './case-data.ts';
import type { Case, Draft } from './draft.ts';
import type { Judgement } from './evaluate.ts';
import type { Drift, Json, Severity } from './remediator.ts';

/** Records what is different about a known drift, and nothing when it is as it was. */
export function noteDifferences(draft: Draft, subject: Case, judgement: Judgement, drift: Drift): void {
  const severity: Severity = drift.severity ?? judgement.remediator.meta.severity;
  const differences = drift.differences.map(toStored);
  const seen = { differences, severity, exposure: drift.exposure };
  const known = {
    differences: subject.data.differences,
    severity: subject.data.severity,
    exposure: subject.data.exposure,
  };
  if (isDeepStrictEqual(seen, known)) {
    return;
  }
  draft.move(
    subject,
    'case-observed',
    {
      differences: asJson(differences),
      severity,
      ...(drift.exposure === undefined ? {} : { exposure: drift.exposure }),
    },
    { differences, severity, exposure: drift.exposure },
  );
}

/** A difference as rows and entries keep it: without properties that are undefined. */
export function toStored({
  path,
  actual,
  desired,
}: Drift['differences'][number]): CaseData['differences'][number] {
  return { path, desired, ...(actual === undefined ? {} : { actual }) };
}

/** The value as JSON, without properties that are undefined. */
export function asJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value ?? null)) as Json;
}
