import type { Observer } from '../azure/observers/observer.ts';
import { isAt } from '../azure/steps/executor.ts';
import { toRemediationError } from '../azure/to-remediation-error.ts';
import { errorPolicies, isTransient, RemediationError } from '../errors.ts';
import { isSameRefusal } from '../refusal.ts';
import type { ResourceId } from '../resource-id.ts';
import { isSameResource } from '../resource-id.ts';
import type { Case } from './draft.ts';
import type { Engine } from './engine.ts';
import type { Write } from './merge.ts';

/** How the write of one case ended. A transient error leaves the case in `changing`, to be resumed. */
export interface WriteResult {
  readonly subject: Case;
  readonly requestId: string;
  readonly error: RemediationError | undefined;
}

/** Under what the writes are made. */
export interface Execution {
  readonly engine: Engine;
  readonly observer: Observer;
  readonly root: ResourceId;
  readonly until: Date;
  /** When the look began on which the steps rest. */
  readonly lookedAt: Date;
}

/** A look older than this, in milliseconds, is no ground to write on: Azure honours no If-Match on these resources. */
const freshMs = 2_000;

/**
 * Carries out every write. A refused merged one is tried again case by case, so that one bad step stops no other, unless
 * the refusal is of the whole resource; when Azure asks us to wait, whatever has not been sent waits too.
 */
export async function execute(
  execution: Execution,
  writes: readonly Write[],
): Promise<readonly WriteResult[]> {
  const { engine } = execution;
  const results: WriteResult[] = [];
  let waiting: RemediationError | undefined;
  for (const write of writes) {
    const error = waiting ?? (await attempt(execution, write));
    if (error?.code === 'throttled') {
      waiting = error;
    }
    if (error !== undefined && isTriedByStep(write, error)) {
      engine.logger.warning('Merged write refused, trying each step alone', {
        target: write.target,
        code: error.code,
      });
      for (const part of write.parts) {
        const alone: RemediationError | undefined =
          waiting ?? (await attempt(execution, { ...write, parts: [part] }));
        waiting ??= alone?.code === 'throttled' ? alone : undefined;
        results.push({ subject: part.subject, requestId: write.requestId, error: alone });
      }
    } else {
      results.push(...write.parts.map(({ subject }) => ({ subject, requestId: write.requestId, error })));
    }
  }
  return results;
}

/**
 * Whether some step of a refused write may pass alone. A policy may deny one property only; once each step met the same
 * assignments alone, that is known of it.
 */
function isTriedByStep({ parts }: Write, error: RemediationError): boolean {
  const isKnown = parts.every(({ subject }) => isSameRefusal(subject.data.failure?.refusal, error.refusal));
  return parts.length > 1 && errorPolicies[error.code].retry === 'never' && !error.isWhole && !isKnown;
}

async function attempt(execution: Execution, write: Write): Promise<RemediationError | undefined> {
  try {
    await ensureUnchanged(execution, write);
    await write.executor.write(
      write.parts.map(({ step }) => step),
      write.requestId,
      execution.until,
    );
    return undefined;
  } catch (error) {
    return toRemediationError(error, `write to "${write.target}"`);
  }
}

/** A step runs only where its condition before holds: what was seen some time ago is looked at again. */
async function ensureUnchanged(
  { engine, observer, root, until, lookedAt }: Execution,
  write: Write,
): Promise<void> {
  if (engine.clock.now().getTime() - lookedAt.getTime() < freshMs) {
    return;
  }
  const isRoot = isSameResource(write.target, root.text);
  const look = await observer.look(
    root,
    { root: isRoot, children: isRoot ? [] : [write.target], allChildren: false },
    until,
  );
  const resource = isRoot ? look.root : look.children.get(write.target);
  if (resource === undefined) {
    throw new RemediationError('resource-gone', `Cannot write to "${write.target}": it is gone`, {
      isWhole: true,
    });
  }
  if (!write.parts.every(({ step }) => isAt(resource, step.before))) {
    throw new RemediationError('step-conflict', `Cannot write to "${write.target}": it changed meanwhile`);
  }
}

/**
 * The first transient error among results: what is left has to be done later. What the kill switch stopped is not: its
 * cases are held, and looked at again when their time comes.
 */
export function transientOf(results: readonly WriteResult[]): RemediationError | undefined {
  return results
    .map(({ error }) => error)
    .find((error) => isTransient(error) && error?.code !== 'changes-stopped');
}
