import type { PartKind } from './arm-types.ts';
import type { ArmResource } from './observation.ts';
import type { ResourceId } from '../resource-id.ts';

/** The resources that a look has to read. */
export interface Wanted {
  /** True if the root's own body is needed. */
  readonly root: boolean;
  /** Ids of the children to read one by one. */
  readonly children: readonly string[];
  /** True if every child is needed. */
  readonly allChildren: boolean;
}

/** The result of a look. A wanted resource that does not exist is in `gone`. */
export interface Look {
  /** Time before the first read: the look covers everything that happened earlier. */
  readonly startedAt: Date;
  readonly root: ArmResource | undefined;
  /** False if the body may lack properties that Azure holds. */
  readonly isComplete: boolean;
  /** Children that were read, by lower-case id. */
  readonly children: ReadonlyMap<string, ArmResource>;
  /** True if `children` holds every child of the root. */
  readonly hasAllChildren: boolean;
  /** Lower-case ids that answered 404. If the root is gone, so are its children. */
  readonly gone: ReadonlySet<string>;
}

/** Reads one type of root as it is now, and knows which other types concern it. */
export interface Observer {
  /** The Azure Resource Manager type of the root. */
  readonly type: string;
  /** The part that a child makes up, by lower-case resource type. */
  readonly parts: ReadonlyMap<string, PartKind>;
  /** The root that covers a resource, or undefined for a resource that does not concern this observer. */
  rootOf(id: ResourceId): ResourceId | undefined;
  /**
   * Reads the wanted resources, one call each. A missing resource is no error. Gives up at `until`. @throws
   * RemediationError
   */
  look(root: ResourceId, wanted: Wanted, until: Date): Promise<Look>;
  /**
   * True if the body of the root calls for a look at every child, wanted or not: opening an account makes its latent
   * containers real.
   */
  wantsAllChildren(root: ArmResource): boolean;
  /** Every root of a subscription with its body: one call a page. Gives up at `until`. */
  list(subscriptionId: string, until: Date): AsyncIterable<ArmResource>;
}
