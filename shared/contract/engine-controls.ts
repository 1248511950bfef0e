/** Controls that the engine itself keeps, beside the catalogue. Ids are permanent: they are keys in the ledger. */

/** Leakstop can read the resource and judge it. Failed cases of it name the missing action. */
export const resourceObservable = 'resource-observable';

/** Every write by an identity of Leakstop has an intent in the ledger. */
export const serviceIdentityAccountedFor = 'service-identity-accounted-for';

/** What is changed by itself is in sync afterwards. Its cases, one for each control, count the failures: the breaker. */
export const automationVerified = 'automation-verified';
