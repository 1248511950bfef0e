/**
 * Controls that the engine itself keeps, beside the catalogue. Their ids are permanent: they are keys in the ledger.
 */

/** Leakstop can read the resource and judge it. A failed case names the missing action. */
export const resourceObservable = 'resource-observable';

/** Every write by an identity of Leakstop has an intent in the ledger. */
export const serviceIdentityAccountedFor = 'service-identity-accounted-for';

/**
 * A control that Leakstop repairs without asking is in sync afterwards. Each control has one case that counts its
 * failures: the breaker.
 */
export const automationVerified = 'automation-verified';
