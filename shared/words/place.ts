import { ownMember } from '../own-member.ts';
import { resourceIdIn } from '../resource-id.ts';
import { asItStands, type ShowGiven } from './given.ts';
import { resourceTypeText } from './resource-type.ts';

/** The parts of a resource's id by which people recognise the resource. */
export interface ResourcePlace {
  /** Names without types, such as `weights1 / checkpoints`. */
  readonly name: string;
  /** "storage account"; empty for a text that is no Azure id. */
  readonly type: string;
  readonly group?: string;
  /** Lower case. */
  readonly subscription?: string;
}

export function placeOf(resource: string): ResourcePlace {
  const id = resourceIdIn(resource);
  if (id === undefined) {
    return { name: resource, type: '' };
  }
  const { text, name, resourceGroup, subscriptionId } = id;
  const names = (text.split(/\/providers\//i).at(-1) ?? '')
    .split('/')
    .slice(1)
    .filter((part, index) => index % 2 === 1 && part.toLowerCase() !== 'default');
  return {
    name: /\/providers\//i.test(text) ? names.join(' / ') : name,
    type: resourceTypeText(text),
    subscription: subscriptionId,
    ...(resourceGroup === undefined ? {} : { group: resourceGroup }),
  };
}

/** The display name of a subscription; undefined if the name is not known. */
export type NameOfSubscription = (id: string) => string | undefined;

const chainWords: Readonly<Record<string, string>> = {
  tenant: 'All subscriptions',
  service: 'Leakstop itself',
};

/** A subscription by its display name, with its id beside it. For a chain of no subscription, the chain's subject. */
export function subscriptionText(
  chain: string,
  nameOf: NameOfSubscription = () => undefined,
  given: ShowGiven = asItStands,
): string {
  const ours = ownMember(chainWords, chain);
  const name = nameOf(chain);
  return ours ?? (name === undefined ? given(chain) : `${given(name)} (${given(chain)})`);
}
