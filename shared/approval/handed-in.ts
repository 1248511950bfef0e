import { z } from 'zod';
import { SignedDecision } from '../case/decision.ts';
import { canonicalJson } from '../ledger/format/json.ts';
import { readAs } from '../read-as.ts';
import { longestResourceId } from '../resource-id.ts';

/** A turn of the kill switch that somebody asks to record. Times are ISO 8601. */
const SwitchTurn = z.strictObject({
  format: z.literal(1),
  id: z.guid(),
  changes: z.enum(['allowed', 'stopped']),
  reason: z.string().max(1_000),
  by: z.strictObject({ objectId: z.guid(), name: z.string().max(300) }),
  at: z.iso.datetime(),
});
export type SwitchTurn = Readonly<z.infer<typeof SwitchTurn>>;

/** The text that is signed: the canonical form (RFC 8785) after a prefix, so that the signature fits nothing else. */
export function signedTurn(turn: SwitchTurn): string {
  return `leakstop turn of the kill switch\n${canonicalJson(turn)}`;
}

/**
 * A message of the web app in the inbox. Only what is signed counts: `root` says where to look for the case, and `undoes` which
 * closed case an undo is about, whose proposal the decision names.
 */
const HandedIn = z.discriminatedUnion('kind', [
  z.strictObject({
    format: z.literal(1),
    kind: z.literal('decision'),
    root: z.string().max(longestResourceId),
    undoes: z.string().max(100).optional(),
    signed: SignedDecision,
  }),
  z.strictObject({
    format: z.literal(1),
    kind: z.literal('turn'),
    turn: SwitchTurn,
    signature: z.strictObject({ keyId: z.string(), value: z.string() }),
  }),
]);
export type HandedIn = Readonly<z.infer<typeof HandedIn>>;
export type HandedInDecision = Extract<HandedIn, { kind: 'decision' }>;
export type HandedInTurn = Extract<HandedIn, { kind: 'turn' }>;

/** @throws RemediationError `malformed-input` that names the field at fault */
export function readHandedIn(message: unknown): HandedIn {
  return readAs(HandedIn, message, 'the message of the inbox');
}
