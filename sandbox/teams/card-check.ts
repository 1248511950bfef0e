import { createRequire } from 'node:module';
import type * as AdaptiveCards from 'adaptivecards';

/** The bundle that browsers load: what the package has for modules lacks the endings that Node wants. */
const adaptiveCards = createRequire(import.meta.url)(
  'adaptivecards/dist/adaptivecards.min.js',
) as typeof AdaptiveCards;

/** Highest version of Adaptive Cards that Teams shows. */
const highestVersion = [1, 5] as const;
/** A message from a webhook has no bot behind it that could take anything else. */
const workingActions = ['Action.OpenUrl', 'Action.ShowCard', 'Action.ToggleVisibility'];
const cardType = 'application/vnd.microsoft.card.adaptive';

/** What a flow run makes of a message: the cards that it posts, or why it fails. */
export type Reading =
  | { readonly cards: readonly object[]; readonly fault?: undefined }
  | { readonly cards: readonly []; readonly fault: string };

/** Reads a message as the flow does that posts it to the channel. Never throws. */
export function readMessage(message: unknown): Reading {
  if (!isObject(message) || message.type !== 'message') {
    return failed('type: expected "message"');
  }
  const { attachments } = message;
  if (!Array.isArray(attachments) || attachments.length === 0) {
    return failed('attachments: expected at least one');
  }
  const cards: object[] = [];
  for (const attachment of attachments as unknown[]) {
    if (!isObject(attachment) || attachment.contentType !== cardType) {
      return failed(`attachments: expected the content type ${cardType}`);
    }
    const fault = faultOf(attachment.content);
    if (fault !== undefined) {
      return failed(`attachments: ${fault}`);
    }
    cards.push(attachment.content as object);
  }
  return { cards };
}

function failed(fault: string): Reading {
  return { cards: [], fault };
}

/** What is wrong with a card, by the renderer's own parser. */
function faultOf(card: unknown): string | undefined {
  if (!isObject(card) || card.type !== 'AdaptiveCard') {
    return 'content: expected an object of type AdaptiveCard';
  }
  const version = /^(\d+)\.(\d+)$/.exec(typeof card.version === 'string' ? card.version : '');
  const [major, minor] = [Number(version?.[1]), Number(version?.[2])];
  if (version === null || major > highestVersion[0] || (major === 1 && minor > highestVersion[1])) {
    return `version: expected at most ${highestVersion.join('.')}`;
  }
  const action = actionsIn(card).find((type) => !workingActions.includes(type));
  return action === undefined ? parserFault(card) : `${action} does not work in a message from a webhook`;
}

function parserFault(card: object): string | undefined {
  const { AdaptiveCard, SerializationContext, Versions } = adaptiveCards;
  const context = new SerializationContext(Versions.v1_5);
  const parsed = new AdaptiveCard();
  parsed.parse(card, context);
  const event = context.eventCount > 0 ? context.getEventAt(0) : undefined;
  return event?.message ?? parsed.validateProperties().validationEvents[0]?.message;
}

/** Types of all actions, wherever they stand. */
function actionsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) {
    return value.flatMap(actionsIn);
  }
  if (!isObject(value)) {
    return [];
  }
  const own = typeof value.type === 'string' && value.type.startsWith('Action.') ? [value.type] : [];
  return [...own, ...Object.values(value).flatMap(actionsIn)];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
