import type { Circumstances } from './circumstances.ts';
import type { AzureExemption } from '../../contract/surroundings.ts';
import type { Hold } from './treatment.ts';

const dayMs = 24 * 60 * 60_000;

/** The hold under a permission to drift that is in force; undefined where there is none. Pure. */
export function exemptionFrom(circumstances: Circumstances): Hold | undefined {
  const { policy, subject, permission, now } = circumstances;
  const ruling = [policy.exemptionOf(subject, now), permission].find(
    (candidate) => candidate !== undefined && candidate.expires > now,
  );
  if (ruling !== undefined) {
    const { rule, owner, reason, ticket, expires } = ruling;
    const told = { owner, grounds: reason, ticket, expires: expires.toISOString() };
    return { kind: 'hold', reason: 'exempt', rule, until: expires, told };
  }
  const azure = policy.azureExemptionsOf(subject);
  const found = azure && azureExemption(circumstances, azure.mostDays);
  if (azure === undefined || found?.expiresOn === undefined) {
    return undefined;
  }
  const { id, category, expiresOn } = found;
  const told = { azureExemption: id, category, expires: expiresOn.toISOString() };
  return { kind: 'hold', reason: 'exempt', rule: azure.rule, until: expiresOn, by: id, told };
}

/** The exemption that ends first. An exemption without an end, or with one too far away, does not count. */
function azureExemption(
  { meta, azureExemptions, now }: Circumstances,
  mostDays: number,
): AzureExemption | undefined {
  const definition = meta.references.policy?.toLowerCase();
  return azureExemptions
    .filter(
      ({ definitions, expiresOn }) =>
        definition !== undefined &&
        definitions.includes(definition) &&
        expiresOn !== undefined &&
        expiresOn > now &&
        expiresOn.getTime() - now.getTime() <= mostDays * dayMs,
    )
    .sort((one, other) => Number(one.expiresOn) - Number(other.expiresOn))[0];
}
