import type { ArmResource } from '../contract/observation.ts';
import type { Observer } from '../contract/observer.ts';
import type { ResourceId } from '../resource-id.ts';
import type { Claim } from '../work/work.ts';
import type { Engine } from './engine.ts';
import type { Room } from './allowance.ts';

/** The input of one pass over one root. */
export interface PassInput {
  readonly engine: Engine;
  readonly observer: Observer;
  readonly root: ResourceId;
  readonly claim: Claim;
  /** Read every child too. */
  readonly allChildren: boolean;
  /** The known rest of the subscription's budget in this hour. */
  readonly room: Room;
  /** A body of the root that came with the message: saves the read when nothing is amiss. */
  readonly given: GivenBody | undefined;
  /** True if a write waits for one more look where somebody else wrote meanwhile. */
  readonly heedsOthers: boolean;
}

export interface GivenBody {
  readonly body: ArmResource;
  /** When it was true: when the event happened, or when the page of the list was asked for. */
  readonly at: Date;
  /** True if a property that the body lacks is really absent. */
  readonly isComplete: boolean;
}
