import { canonicalJson, sha256 } from '../ledger/format/json.ts';
import type { CaseData } from './case-data.ts';
import { inverseOf } from './inverse.ts';
import { RemediationError } from '../errors.ts';
import type { Change } from '../contract/change.ts';
import type { Json } from '../contract/json.ts';
import type { Step } from '../contract/step.ts';
import { asJson } from '../contract/json.ts';

/** Everything that a person is shown and decides about. Nothing else of a case counts. */
export interface Proposal {
  /** The case, or for an undo the case that is taken back. */
  readonly caseId: string;
  readonly resource: string;
  readonly control: string;
  /** The steps to write, in order. Empty where no change is offered. */
  readonly steps: readonly Step[];
  readonly impact: string;
  readonly undo: Change['undo'] | undefined;
  /** The differences, where no change is offered: then people decide about those. */
  readonly differences: CaseData['differences'];
}

/** The part of a case from which a proposal is made. */
export interface ProposedCase {
  readonly caseId: string;
  readonly state: string;
  readonly data: Pick<CaseData, 'resource' | 'control' | 'differences' | 'change' | 'undo' | 'closed'>;
}

/**
 * The proposal of a case: its change, or the undo of that change once the case is closed. A change that cannot be
 * taken back leaves nothing to decide; the proposal then says why, so that every case can be shown.
 */
export function proposalOf({ caseId, state, data }: ProposedCase): Proposal {
  const { resource, control, differences, change, undo } = data;
  const about = { caseId: undo?.caseId ?? caseId, resource, control };
  if (state !== 'closed' || change === undefined) {
    return proposalFor(about, change, change === undefined ? differences : []);
  }
  const inverse = undoOf(change);
  return 'why' in inverse
    ? { ...about, steps: [], impact: '', undo: { kind: 'none', note: inverse.why }, differences: [] }
    : proposalFor(about, inverse, []);
}

/** The change that takes a change back, or the reason why there is none. */
export function undoOf(change: Change): Change | { readonly why: string } {
  try {
    return inverseOf(change);
  } catch (error) {
    if (error instanceof RemediationError && error.code === 'not-supported') {
      return { why: error.message.replace(/^Cannot undo the change: /, '') };
    }
    throw error;
  }
}

/** The proposal for a change that was planned just now. */
export function proposalFor(
  about: Pick<Proposal, 'caseId' | 'resource' | 'control'>,
  change: Change | undefined,
  differences: Proposal['differences'],
): Proposal {
  return {
    ...about,
    steps: change?.steps ?? [],
    impact: change?.impact ?? '',
    undo: change?.undo,
    differences: change === undefined ? differences : [],
  };
}

/**
 * Names a proposal: SHA-256, in hexadecimal, of its canonical form (RFC 8785). A decision holds for one hash. Facts
 * outside the proposal (tags, ETags, times, other properties) may change without voiding the decision.
 */
export function proposalHash(proposal: Proposal): string {
  const { caseId, resource, control, steps, impact, undo, differences } = proposal;
  const named: Record<string, Json> = {
    format: 1,
    caseId,
    resource: resource.toLowerCase(),
    control,
    steps: asJson(steps),
    impact,
    undo: asJson(undo),
    differences: asJson(differences),
  };
  return sha256(canonicalJson(named));
}
