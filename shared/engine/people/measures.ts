import type { JsonObject } from '../../contract/json.ts';
import type { RemediatorMeta } from '../../contract/remediator.ts';
import { parseResourceId } from '../../resource-id.ts';

/** A measure for people to carry out, with the command for it. Leakstop has no right to either. */
interface Measure {
  readonly measure: string;
  readonly command: string;
}

/** Most principals whose rights are named. */
const mostPrincipals = 5;
const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The measures that whoever opens a resource again and again cannot undo with a right to write to it. */
export function measuresAgainst(
  resource: string,
  { id, references }: Pick<RemediatorMeta, 'id' | 'references'>,
  openers: readonly JsonObject[],
): Measure[] {
  const principals = openers.map(({ objectId }) => objectId).filter((each) => typeof each === 'string');
  return [
    ...denyPolicy(resource, id, references.policy),
    ...principals
      .filter((principal) => uuid.test(principal))
      .slice(0, mostPrincipals)
      .map((principal) => ({
        measure: `Take away the rights of ${principal}: list the assignments, and delete by id those that let it write`,
        command: `az role assignment list --assignee ${principal} --scope ${quoted(resource)} --include-inherited --include-groups`,
      })),
  ];
}

function denyPolicy(resource: string, control: string, definition: string | undefined): Measure[] {
  if (definition === undefined || !uuid.test(definition)) {
    return [];
  }
  const { subscriptionId, resourceGroup } = parseResourceId(resource);
  const scope = `/subscriptions/${subscriptionId}${resourceGroup === undefined ? '' : `/resourceGroups/${resourceGroup}`}`;
  return [
    {
      measure: 'Have Azure Policy deny the opening in the whole resource group',
      command: `az policy assignment create --name leakstop-${control.slice(0, 40)} --scope ${quoted(scope)} --policy ${definition} --params '{"effect":{"value":"Deny"}}'`,
    },
  ];
}

/** A text as one word for a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
