import { z } from 'zod';
import { roles } from '../entra/caller.ts';
import { canonicalJson, sha256Pattern } from '../ledger/format/json.ts';

/** The answers that a person can give. `approve` closes the leak; the others leave it open for a time. */
export const verdicts = ['approve', 'deny', 'exempt', 'undo'] as const;
export type Verdict = (typeof verdicts)[number];

const time = z.iso.datetime();

/** One person's answer on one exact proposal: signed by the web app, verified by the worker. Times are ISO 8601. */
export const Decision = z.strictObject({
  format: z.literal(1),
  id: z.guid(),
  subscription: z.guid(),
  caseId: z.string().min(1),
  proposal: z.string().regex(sha256Pattern),
  verdict: z.enum(verdicts),
  by: z.strictObject({
    objectId: z.guid(),
    tenantId: z.guid(),
    name: z.string().max(300),
    /** Client id of the app through which the person decided. */
    appId: z.string().max(100).optional(),
    /** Roles in the person's token at that time. */
    roles: z.array(z.enum(roles)),
    /** The approver of the policy that the person is, or the group to which the person belongs. */
    as: z.guid(),
  }),
  reason: z.string().max(1_000),
  at: time,
  /** An approval that is not carried out by then is void. The other verdicts let the drift stay open until then. */
  until: time,
});
export type Decision = Readonly<z.infer<typeof Decision>>;

/** A decision as the ledger and the row of its case keep it. */
export const SignedDecision = z.strictObject({
  decision: Decision,
  signature: z.strictObject({ keyId: z.string(), value: z.string() }),
});
export type SignedDecision = Readonly<z.infer<typeof SignedDecision>>;

/** The text that is signed: the canonical form (RFC 8785) after a prefix, so that the signature fits nothing else. */
export function signedText(decision: Decision): string {
  return `leakstop decision\n${canonicalJson(decision)}`;
}
