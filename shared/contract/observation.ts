import type { Json, JsonObject } from './json.ts';

/** A resource as Azure Resource Manager returns it. Absent properties stay absent, unknown ones are kept. */
export interface ArmResource extends JsonObject {
  readonly id: string;
  readonly name: string;
  readonly type: string;
}

/** One resource as it is now, with the context that its control may need. */
export interface Observation {
  readonly resource: ArmResource;
  /**
   * The root above the resource (the account of a container), or the resource itself if it is a root. Undefined while
   * unread.
   */
  readonly root: ArmResource | undefined;
  /**
   * True if a missing property is really absent. Bodies of old api-versions (resource notifications) are incomplete:
   * a property that they lack is unknown, and nothing unknown is ever in sync.
   */
  readonly isComplete: boolean;
}

/**
 * One property that is not as the control wants it. `actual` is undefined where Azure answered without the property.
 */
export interface Difference {
  /** Path from the resource, such as `properties.allowBlobPublicAccess`. */
  readonly path: string;
  readonly actual: Json | undefined;
  readonly desired: Json;
}

export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** The exposure of a drift: `real` now, or `latent`, behind another door that is still closed. */
export type Exposure = 'real' | 'latent';

export interface Drift {
  readonly kind: 'drifted';
  readonly differences: readonly Difference[];
  /** Replaces `meta.severity` where the circumstances call for another one. */
  readonly severity?: Severity;
  readonly exposure?: Exposure;
}

/**
 * The answer of `detect`. `unknown`: this observation cannot tell. `needs-root`: read the root too, and ask again.
 */
export type Finding =
  | { readonly kind: 'in-sync' }
  | { readonly kind: 'not-applicable'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly path: string }
  | { readonly kind: 'needs-root' }
  | Drift;
