import { z } from 'zod';
import { roles } from '../entra/caller.ts';
import { canonicalJson, sha256Pattern } from '../ledger/format/json.ts';

/** What a person answers. `approve` closes the leak; the others leave it open, for a time. */
export const verdicts = ['approve', 'deny', 'exempt', 'undo'] as const;
export type Verdict = (typeof verdicts)[number];

const time = z.iso.datetime();

/** One person's answer on one exact proposal: what the web app signs and the worker verifies. Times are ISO 8601. */
export const Decision = z.strictObject({
  format: z.literal(1),
  /** Names the decision. */
  id: z.guid(),
  subscription: z.guid(),
  caseId: z.string().min(1),
  proposal: z.string().regex(sha256Pattern),
  verdict: z.enum(verdicts),
  by: z.strictObject({
    objectId: z.guid(),
    tenantId: z.guid(),
    name: z.string().max(300),
    /** Roles of the token at that time. */
    roles: z.array(z.enum(roles)),
    /** The approver of the policy that the person is, or belongs to. */
    as: z.guid(),
  }),
  reason: z.string().max(1_000),
  at: time,
  /** An approval that has not been carried out by then is void. Of the others: until when the drift may stay open. */
  until: time,
});
export type Decision = Readonly<z.infer<typeof Decision>>;

/** A decision as it lies in the ledger and in its case's row. */
export const SignedDecision = z.strictObject({
  decision: Decision,
  signature: z.strictObject({ keyId: z.string(), value: z.string() }),
});
export type SignedDecision = Readonly<z.infer<typeof SignedDecision>>;

/** The text that is signed: the canonical form (RFC 8785), with what it is in front, so that it can be nothing else. */
export function signedText(decision: Decision): string {
  return `leakstop decision\n${canonicalJson(decision)}`;
}
