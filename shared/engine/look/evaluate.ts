import type { Judgement, Unreadable } from '../../contract/judgement.ts';
import type { Look, Observer } from '../../contract/observer.ts';
import { RemediationError } from '../../errors.ts';
import { parseResourceId } from '../../resource-id.ts';
import type { ArmResource } from '../../contract/observation.ts';
import type { Remediator } from '../../contract/remediator.ts';

/** Runs every remediator over everything that a look found. */
export function evaluate(
  remediators: readonly Remediator[],
  observer: Observer,
  look: Look,
): { readonly judgements: readonly Judgement[]; readonly unreadable: readonly Unreadable[] } {
  const judgements: Judgement[] = [];
  const unreadable: Unreadable[] = [];
  const resources = [...(look.root === undefined ? [] : [look.root]), ...look.children.values()];
  for (const resource of resources) {
    const observation = { resource, root: look.root, isComplete: look.isComplete };
    for (const remediator of remediatorsFor(remediators, observer, resource)) {
      try {
        judgements.push({
          remediator,
          resource: resource.id,
          observation,
          finding: remediator.detect(observation),
        });
      } catch (error) {
        unreadable.push({ resource: resource.id, error: toMalformed(error) });
      }
    }
  }
  return { judgements, unreadable };
}

function remediatorsFor(
  remediators: readonly Remediator[],
  observer: Observer,
  resource: ArmResource,
): readonly Remediator[] {
  const part = observer.parts.get(parseResourceId(resource.id).type.toLowerCase());
  return remediators.filter(({ meta }) => meta.part === part);
}

/** A remediator says itself what it cannot read; anything else that it throws is a fault of its own. */
function toMalformed(error: unknown): RemediationError {
  return error instanceof RemediationError
    ? error
    : new RemediationError('internal-error', `Cannot judge the resource: ${firstLine(error)}`, {
        cause: error,
      });
}

function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'not an error';
}
