import type { Drift, Observation } from '../contract/observation.ts';
import type { Remediator } from '../contract/remediator.ts';
import type { Severity } from '../contract/observation.ts';
import type { Place } from './body.ts';

/** A drift, before any policy is asked what to do about it. */
export interface FoundDrift {
  readonly kind: 'drifted';
  readonly resource: string;
  readonly remediator: Remediator;
  readonly observation: Observation;
  readonly drift: Drift;
  readonly severity: Severity;
  /** True if the drift counts as opened while Leakstop watched. */
  readonly witnessed: boolean;
  readonly place: Place | undefined;
}

/** A resource that could not be judged. It never counts as in sync. */
export interface FoundUnknown {
  readonly kind: 'unknown';
  readonly resource: string;
  /** Undefined if no control could be asked. */
  readonly control: string | undefined;
  readonly why: string;
  /** True if the record cannot be read; absent if the source leaves something out. */
  readonly isUnreadable?: true;
  readonly place: Place | undefined;
}

export type Found = FoundDrift | FoundUnknown;

/** One order for findings, in whatever order they were found. */
export function byResource(
  one: { readonly resource: string; readonly control?: string | undefined },
  other: { readonly resource: string; readonly control?: string | undefined },
): number {
  return (
    compare(one.resource.toLowerCase(), other.resource.toLowerCase()) ||
    compare(one.control ?? '', other.control ?? '')
  );
}

function compare(one: string, other: string): number {
  if (one === other) {
    return 0;
  }
  return one < other ? -1 : 1;
}
