/**
 * The contract of a remediator: what it may see, what it must say, and the data that it hands to the engine.
 * Everything here is pure. The remediators import this file and nothing else of ours.
 */

import type { z } from 'zod';
import { RemediationError } from '../errors.ts';

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object under Azure's own property names. */
export type JsonObject = Readonly<Record<string, Json>>;

/** A resource as Azure Resource Manager tells it. Absent properties stay absent, unknown ones are kept. */
export interface ArmResource extends JsonObject {
  readonly id: string;
  readonly name: string;
  readonly type: string;
}

export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** What is done about a drift. */
export type Mode = 'off' | 'observe' | 'approve' | 'auto';

/** One resource as it is now, and what its control may need to know besides. */
export interface Observation {
  /** The resource that the control judges. */
  readonly resource: ArmResource;
  /** The root that covers it (the account of a container); the resource itself for a root; undefined while unread. */
  readonly root: ArmResource | undefined;
  /**
   * Whether a property that is not there is really absent. False for bodies of old api-versions (resource
   * notifications): what they lack is unknown, and nothing unknown is ever in sync.
   */
  readonly isComplete: boolean;
}

/** One property that is not as the control wants it. `actual` is undefined where Azure answered without it. */
export interface Difference {
  /** Path from the resource, such as `properties.allowBlobPublicAccess`. */
  readonly path: string;
  readonly actual: Json | undefined;
  readonly desired: Json;
}

/** What a drift exposes: `real` now, or `latent`, behind another door that is still closed. */
export type Exposure = 'real' | 'latent';

export interface Drift {
  readonly kind: 'drifted';
  readonly differences: readonly Difference[];
  /** Other than `meta.severity` where the circumstances make it so. */
  readonly severity?: Severity;
  readonly exposure?: Exposure;
}

/** What `detect` says. `unknown`: this observation cannot tell. `needs-root`: read the root too, and ask again. */
export type Finding =
  | { readonly kind: 'in-sync' }
  | { readonly kind: 'not-applicable'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly path: string }
  | { readonly kind: 'needs-root' }
  | Drift;

/** The value that one property has, or must have: `is` a JSON value, or absent. */
export type Condition = { readonly is: Json } | { readonly absent: true };

/** Conditions by property path, over exactly the properties that a step touches. */
export type Conditions = Readonly<Record<string, Condition>>;

interface PropertyStep {
  /** The ARM id of the resource that is written. */
  readonly target: string;
  readonly before: Conditions;
  /** Every condition is `is`: a PATCH cannot make a property absent. */
  readonly after: Conditions;
}

/** PATCH of a storage account; only the properties of `after` are sent. Not a long-running operation. */
export interface StorageAccountUpdate extends PropertyStep {
  readonly kind: 'storage-account-update';
}

/** PATCH of a blob container through Resource Manager, which leaves stored access policies alone. */
export interface BlobContainerUpdate extends PropertyStep {
  readonly kind: 'blob-container-update';
}

/** One act with the condition before it and the condition after it. Data: it can be stored, shown, resumed and undone. */
export type Step = StorageAccountUpdate | BlobContainerUpdate;

/** The ordered steps that remove a drift. */
export interface Change {
  readonly steps: readonly Step[];
  /** What may stop working, in one sentence for the person who decides. */
  readonly impact: string;
  /** Whether the steps can be taken back, and if not exactly, what comes back instead. */
  readonly undo:
    | { readonly kind: 'exact'; readonly note?: string }
    | {
        readonly kind: 'default';
        readonly note: string;
        /** What undo writes where `before` was absent, by property path. A stored change is never planned again. */
        readonly values?: Readonly<Record<string, Json>>;
      }
    | { readonly kind: 'none'; readonly note: string };
}

/** What `plan` says: a change, or why none is offered and what a person can do instead. */
export type Plan =
  | { readonly kind: 'change'; readonly change: Change }
  | { readonly kind: 'not-offered'; readonly reason: string; readonly guidance: string };

/** Roots that an observer can read. */
export type RootKind = 'storage-account';

/** The part of a root that a control judges: the root itself, or its children of one type. */
export type PartKind = 'storage-account' | 'blob-container';

/** An Azure role-based access control action, such as `Microsoft.Storage/storageAccounts/read`. */
export type Action = string;

export interface RemediatorMeta {
  /** Permanent: `<resource>-<enforced state>`; the name of file, test and catalogue entry, and a key in the ledger. */
  readonly id: string;
  /** The compliant state as one sentence that starts with the resource. */
  readonly title: string;
  /** Which observer supplies the observation. */
  readonly observes: RootKind;
  /** Which part of that root is judged. */
  readonly part: PartKind;
  readonly severity: Severity;
  /** What is done about a witnessed drift when no policy says otherwise. */
  readonly defaultMode: Mode;
  /** Property paths that its change may write; nothing else is ever written. */
  readonly writes: readonly string[];
  /** Actions that its observations and changes need, by the identity that holds them. */
  readonly permissions: { readonly observe: readonly Action[]; readonly remediate: readonly Action[] };
  /** Why the drift matters. */
  readonly rationale: string;
  /** What may stop working when it is closed. */
  readonly impact: string;
  readonly reversible: boolean;
  readonly references: {
    /** GUID of the built-in Azure Policy definition that says the same. */
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
  /** Pure. @throws on a resource that is not of the declared shape. */
  readonly detect: (observation: Observation) => Finding;
  /** Pure. Asked only about an observation for which `detect` said `drifted`. */
  readonly plan: (observation: Observation, drift: Drift) => Plan;
}

export function defineRemediator(remediator: Remediator): Remediator {
  return remediator;
}

/**
 * The few properties that a control reads, checked. The message names the path and what was expected there, never
 * the value, which may be a secret.
 * @throws RemediationError `malformed-input` on a resource that is not of the declared shape.
 */
export function readView<View>(view: z.ZodType<View>, resource: ArmResource): View {
  const result = view.safeParse(resource);
  if (result.success) {
    return result.data;
  }
  const [issue] = result.error.issues;
  throw new RemediationError(
    'malformed-input',
    `Cannot read "${resource.id}": ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`,
  );
}

/** What is at a path: `unknown` when the source may have left it out. */
export type Property =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown' };

/** Reads the property at a dotted path of a resource. A JSON null counts as absent, as Azure treats it. */
export function propertyAt(resource: JsonObject, path: string, isComplete = true): Property {
  let value: Json | undefined = resource;
  for (const name of path.split('.')) {
    value = isJsonObject(value) ? value[name] : undefined;
  }
  if (value !== undefined && value !== null) {
    return { kind: 'value', value };
  }
  return isComplete ? { kind: 'absent' } : { kind: 'unknown' };
}

function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The condition that describes a property as it is now. */
export function conditionOf(actual: Json | undefined): Condition {
  return actual === undefined ? { absent: true } : { is: actual };
}
