import type { StepExecutor } from '../../contract/executor.ts';
import type { Clock } from '../../clock.ts';
import { RemediationError } from '../../errors.ts';
import { stepOf } from '../../case/one-step.ts';
import type { Step } from '../../contract/step.ts';
import type { Case } from '../../case/draft.ts';

/** One request that carries out the next step of several cases. */
export interface Write {
  readonly executor: StepExecutor;
  readonly target: string;
  readonly parts: readonly { readonly subject: Case; readonly step: Step }[];
  readonly requestId: string;
}

/**
 * Steps become one write when target and kind are the same and no two touch the same property.
 * Each case keeps its own intent and result; the request id ties them together.
 */
export function mergeWrites(
  subjects: readonly Case[],
  executors: readonly StepExecutor[],
  clock: Clock,
): readonly Write[] {
  const groups: {
    target: string;
    kind: Step['kind'];
    paths: Set<string>;
    parts: { subject: Case; step: Step }[];
  }[] = [];
  for (const subject of subjects) {
    const step = stepOf(subject);
    const paths = Object.keys(step.after);
    const target = step.target.toLowerCase();
    const group = groups.find(
      (candidate) =>
        candidate.target === target &&
        candidate.kind === step.kind &&
        paths.every((path) => !candidate.paths.has(path)),
    );
    if (group === undefined) {
      groups.push({ target, kind: step.kind, paths: new Set(paths), parts: [{ subject, step }] });
    } else {
      group.parts.push({ subject, step });
      paths.forEach((path) => group.paths.add(path));
    }
  }
  return groups.map(({ target, kind, parts }) => ({
    executor: executorOf(executors, kind),
    target,
    parts,
    // A resumed case keeps the id of its intent: the echo may already be on its way.
    requestId: parts.map(({ subject }) => intendedId(subject)).find((id) => id !== undefined) ?? clock.uuid(),
  }));
}

function intendedId({ state, data }: Case): string | undefined {
  return state === 'changing' ? data.requestIds.at(-1) : undefined;
}

function executorOf(executors: readonly StepExecutor[], kind: Step['kind']): StepExecutor {
  const executor = executors.find((candidate) => candidate.kind === kind);
  if (executor === undefined) {
    throw new RemediationError(
      'internal-error',
      `Cannot carry out a step of kind "${kind}": nothing executes it`,
    );
  }
  return executor;
}
