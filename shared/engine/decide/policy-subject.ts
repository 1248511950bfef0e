import type { ArmResource, Observation } from '../../contract/observation.ts';
import type { RemediatorMeta } from '../../contract/remediator.ts';
import type { Severity } from '../../contract/observation.ts';
import type { PolicySubject } from '../../policy/policy.ts';

/** The subject of the questions to the policy about a resource. A resource without tags has those of its root. */
export function policySubject(
  meta: RemediatorMeta,
  { resource, root }: Pick<Observation, 'resource' | 'root'>,
  severity: Severity = meta.severity,
): PolicySubject {
  const tags = tagsOf(resource) ?? tagsOf(root);
  return {
    control: meta.id,
    defaultMode: meta.defaultMode,
    resource: resource.id,
    severity,
    ...(tags === undefined ? {} : { tags }),
  };
}

function tagsOf(resource: ArmResource | undefined): Readonly<Record<string, string>> | undefined {
  const tags = resource?.tags;
  if (typeof tags !== 'object' || tags === null || Array.isArray(tags)) {
    return undefined;
  }
  const entries = Object.entries(tags).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
