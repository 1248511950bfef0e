import type { Json, JsonObject } from './json.ts';
import type { Severity } from './remediator.ts';

/** A resource as Azure Resource Manager tells it. Absent properties stay absent, unknown ones are kept. */
export interface ArmResource extends JsonObject {
  readonly id: string;
  readonly name: string;
  readonly type: string;
}

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
