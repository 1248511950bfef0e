import type { CheckedDecision } from '../../approval/rules.ts';
import type { Undo } from '../../case/case-data.ts';
import type { Rounds } from '../../case/rounds.ts';
import type { AzureExemption, Manager } from '../../contract/surroundings.ts';
import type { SwitchState } from '../../policy/kill-switch.ts';
import type { TugOfWar } from './circumstances.ts';
import { calm } from './circumstances.ts';

/** Permissions of people by an undo, by case key. */
export interface Permitted {
  /** Permissions that enough genuine decisions support, with their end and the state that they cover. */
  readonly permissions: ReadonlyMap<string, Undo>;
  /** Drifts that may be permitted: the signatures cannot be verified now. */
  readonly unverified: ReadonlySet<string>;
}

/** The facts about a root and the world on which decisions rest; by case key if they concern one drift. */
export interface Facts extends Permitted {
  readonly killSwitch: SwitchState;
  readonly manager: Manager;
  readonly azureExemptions: readonly AzureExemption[];
  readonly wars: ReadonlyMap<string, TugOfWar>;
  /** Earlier closings of drifts, from the case that was closed last. */
  readonly rounds: ReadonlyMap<string, Rounds>;
  /** Decisions of people that the cases carry, with the results of checking their signatures. */
  readonly decisions: ReadonlyMap<string, readonly CheckedDecision[]>;
  /**
   * Cases with a closed row that cannot be read: nobody knows which drift it permitted, or how often the case was
   * closed.
   */
  readonly unreadable: ReadonlySet<string>;
  /** Undos that are over, by the id of their case: the decisions about them are used up. */
  readonly endedUndos: ReadonlySet<string>;
}

/** Facts without any obstacle. */
export const calmFacts: Facts = {
  killSwitch: calm.killSwitch,
  manager: calm.manager,
  azureExemptions: [],
  wars: new Map(),
  rounds: new Map(),
  permissions: new Map(),
  unverified: new Set(),
  decisions: new Map(),
  unreadable: new Set(),
  endedUndos: new Set(),
};
