import { planFor } from '../../case/one-step.ts';
import type { Plan } from '../../contract/change.ts';
import type { Judgement, Unreadable } from '../../contract/judgement.ts';
import type { ArmResource, Drift, Observation } from '../../contract/observation.ts';
import type { Look, Observer } from '../../contract/observer.ts';
import type { Remediator } from '../../contract/remediator.ts';
import { RemediationError } from '../../errors.ts';
import { parseResourceId } from '../../resource-id.ts';

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
        judgements.push(judge(remediator, observation));
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

function judge(remediator: Remediator, observation: Observation): Judgement {
  const about = { remediator, resource: observation.resource.id, observation };
  const finding = remediator.detect(observation);
  return finding.kind === 'drifted'
    ? { ...about, finding, plan: planOnce(remediator, observation, finding) }
    : { ...about, finding };
}

/** Plans when the plan is first needed: a sweep judges far more drift than needs a plan. */
function planOnce(remediator: Remediator, observation: Observation, drift: Drift): () => Plan {
  let plan: Plan | undefined;
  return () => (plan ??= planFor(remediator, observation, drift));
}

/**
 * A remediator itself reports bodies that it cannot read; any other error that it throws is a fault of the remediator.
 */
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
