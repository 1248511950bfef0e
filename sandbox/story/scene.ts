import type { StorageManagementClient } from '@azure/arm-storage';
import type { Cloud } from '../cloud.ts';
import type { Person } from './people.ts';

/** An account of the estate, by what the client wants of it. */
export interface Place {
  readonly id: string;
  readonly subscription: string;
  readonly group: string;
  readonly name: string;
}

/** What a scene plays with. */
export interface Stage {
  readonly cloud: Cloud;
  readonly place: Place;
  readonly client: StorageManagementClient;
  /** From now on each event of this scene is delivered so often. */
  deliver(copies: number): void;
  /** Does something at the moment in which the next write of a person has taken effect, before its event arrives. */
  whenWritten(act: () => void): void;
}

/** What a property has to be in Azure when the scene is over. `in` is the rest of the id, empty for the account. */
export interface InAzure {
  readonly in: string;
  readonly property: string;
  readonly is: unknown;
}

/** How a scene has to end. Controls are named by their ids; what is not named is not asked for. */
export interface Expectation {
  readonly closed?: readonly string[];
  readonly awaiting?: readonly string[];
  readonly held?: readonly string[];
  /** Leakstop looks and does nothing: no write, no new case. */
  readonly isLeftAlone?: boolean;
  /** Where cards are sent, one about the account is in the channel. */
  readonly isTold?: boolean;
  readonly inAzure: readonly InAzure[];
}

export interface Scene {
  /** A few words, for the summary. */
  readonly title: string;
  /** What makes it worth seeing, in a sentence. */
  readonly point: string;
  readonly who: Person;
  /** Name of the account that it happens to. */
  readonly account: string;
  readonly act: (stage: Stage) => Promise<unknown>;
  readonly expects: Expectation;
}
