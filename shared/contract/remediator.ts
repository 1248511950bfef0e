import type { PartKind, RootKind } from './arm-types.ts';
import type { Plan } from './change.ts';
import type { Drift, Finding, Observation, Severity } from './observation.ts';

/** The response to a drift: none, a recorded case, a question to people, or a change at once. */
export type Mode = 'off' | 'observe' | 'approve' | 'auto';

/** An Azure role-based access control action, such as `Microsoft.Storage/storageAccounts/read`. */
export type Action = string;

/**
 * The drift, as the end of a sentence that begins with the name of the resource: `accepts TLS 1.0`. One sentence for
 * every drift of the control, or one for each value that can be seen.
 */
export type DriftWords =
  | string
  | {
      /** By the value that Azure answered, as text: `true`, `TLS1_0`. */
      readonly seen?: Readonly<Record<string, string>>;
      /** Where Azure answered without the property. */
      readonly absent: string;
      /** For every other value. `{value}` stands for it: it is shortened and rid of secrets where it is shown. */
      readonly otherwise: string;
      /** Added to each of them while another door is still closed. */
      readonly latent?: string;
    };

export interface RemediatorMeta {
  /**
   * Permanent `<resource>-<enforced state>`: the name of the file, its test and its catalogue entry, and a key in the
   * ledger.
   */
  readonly id: string;
  /** The compliant state as one sentence that starts with the resource. */
  readonly title: string;
  readonly drift: DriftWords;
  /** The kind of root whose observer supplies the observation. */
  readonly observes: RootKind;
  /** The part of that root that is judged. */
  readonly part: PartKind;
  readonly severity: Severity;
  /** The mode for a witnessed drift where no policy sets another one. */
  readonly defaultMode: Mode;
  /** Property paths that its change may write; nothing else is ever written. */
  readonly writes: readonly string[];
  /** Azure actions that its observations and changes need, by the identity that holds them. */
  readonly permissions: { readonly observe: readonly Action[]; readonly remediate: readonly Action[] };
  /** Why the drift matters. */
  readonly rationale: string;
  /** The uses that may stop working when the drift is closed. */
  readonly impact: string;
  readonly reversible: boolean;
  /** Set if the data plane of the service can write the property too: no event tells of such a write. */
  readonly dataPlane?: true;
  readonly references: {
    /** GUID of the built-in Azure Policy definition for the same state. */
    readonly policy?: string;
    /** Microsoft Cloud Security Benchmark. */
    readonly mcsb?: string;
    /** CIS Microsoft Azure Foundations Benchmark, with its version. */
    readonly cis?: string;
    readonly docs: readonly string[];
  };
}

export interface Remediator {
  readonly meta: RemediatorMeta;
  /** Pure. @throws RemediationError `malformed-input` on a resource that is not of the declared shape. */
  readonly detect: (observation: Observation) => Finding;
  /** Pure. Called only with an observation for which `detect` returned `drifted`. */
  readonly plan: (observation: Observation, drift: Drift) => Plan;
}

export function defineRemediator(remediator: Remediator): Remediator {
  return remediator;
}
