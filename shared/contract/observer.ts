import type { Action, PartKind, RootKind } from './remediator.ts';
import type { ArmResource } from './observation.ts';
import type { ResourceId } from '../resource-id.ts';

/** What was asked of a look. */
export interface Wanted {
  /** Whether the root's own body is needed. */
  readonly root: boolean;
  /** Children to be read one by one, by id. */
  readonly children: readonly string[];
  /** Whether every child is needed. */
  readonly allChildren: boolean;
}

/** What a look found. A resource that was asked for and is not there is in `gone`. */
export interface Look {
  /** Before the first read: whatever happened earlier is covered by it. */
  readonly startedAt: Date;
  readonly root: ArmResource | undefined;
  /** False when the body may lack properties that Azure holds. */
  readonly isComplete: boolean;
  /** Children that were read, by lower-case id. */
  readonly children: ReadonlyMap<string, ArmResource>;
  /** Whether `children` is every child there is. */
  readonly hasAllChildren: boolean;
  /** Lower-case ids that answered 404. When the root is gone, so are its children. */
  readonly gone: ReadonlySet<string>;
}

/** Reads one type of root as it is now, and knows which other types concern it. */
export interface Observer {
  readonly kind: RootKind;
  /** The type of the root. */
  readonly type: string;
  /** The part that children of a type make up, by lower-case resource type. */
  readonly parts: ReadonlyMap<string, PartKind>;
  /** Actions that its reads need. */
  readonly actions: readonly Action[];
  /** Names of boolean properties that resource notifications carry as 1 and 0. */
  readonly booleans: readonly string[];
  /** The root that covers a resource; undefined when it does not concern this observer. */
  rootOf(id: ResourceId): ResourceId | undefined;
  /** Reads what is wanted, one call each. @throws RemediationError, but not for what is gone. */
  look(root: ResourceId, wanted: Wanted, until: Date): Promise<Look>;
  /**
   * Children that have to be looked at because of what the root says, beyond those that were asked for:
   * opening an account makes its latent containers real.
   */
  wantsAllChildren(root: ArmResource): boolean;
  /** Every root of a subscription with its body, page by page: one call a page. */
  list(subscriptionId: string, until: Date): AsyncIterable<ArmResource>;
}
