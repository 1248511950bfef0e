import { withUnseenEscaped } from './text/unseen.ts';

/**
 * Display names of subscriptions, to be shown beside the id. Whoever owns a subscription writes its name, so a name proves
 * nothing: nothing is decided by it, and no policy matches it.
 */
export interface SubscriptionNames {
  /** The name, short and on one line; undefined where none is known. Ignores the case of the id. */
  readonly nameOf: (subscriptionId: string) => string | undefined;
}

/** Gives the names that are known now. Never rejects: everything works without a name. */
export type ReadNames = () => Promise<SubscriptionNames>;

/** Azure's own limit is 64 characters. */
const longestName = 80;

/** A name that holds an id could pass for that of another subscription. */
const holdsId = /[0-9a-f]{8}-[0-9a-f]{4}-/i;

/** Names by subscription id; those that cannot be shown are left out. */
export function subscriptionNames(given: Readonly<Record<string, string>>): SubscriptionNames {
  const names = new Map(Object.entries(given).map(([id, name]) => [id.toLowerCase(), shownName(name)]));
  return { nameOf: (subscriptionId) => names.get(subscriptionId.toLowerCase()) };
}

/** A display name as it is shown: bounded, with every unseen character escaped. Undefined for one that is not shown. */
export function shownName(name: string): string | undefined {
  const characters = Array.from(name.trim());
  const isCut = characters.length > longestName;
  const text = withUnseenEscaped(characters.slice(0, longestName).join(''));
  return text === '' || holdsId.test(name) ? undefined : `${text}${isCut ? '…' : ''}`;
}
