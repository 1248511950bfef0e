import { isAt } from '../../contract/condition.ts';
import { toRemediationError } from '../../azure/to-remediation-error.ts';
import { errorPolicies, isTransient, RemediationError } from '../../errors.ts';
import { isSameRefusal } from '../../refusal.ts';
import { isSameResource } from '../../resource-id.ts';
import type { Case } from '../../case/draft.ts';
import type { Write } from './merge.ts';
import { mayHaveChanged, ownWrites, readNews, type Unseen } from '../look/other-writers.ts';
import type { PassInput } from '../pass-input.ts';

/** The result of one case's write. A transient error leaves the case in `changing`, to be resumed. */
export interface WriteResult {
  readonly subject: Case;
  readonly requestId: string;
  readonly error: RemediationError | undefined;
  /** The time between the look on which the write rests and its answer. */
  readonly unseen: Unseen;
}

/** The context on which the writes rest. */
export interface Execution {
  readonly input: PassInput;
  /** When the look began on which the steps rest. */
  readonly lookedAt: Date;
}

/** The context of the writes, with the beginning of each later look, by target. */
interface Looking extends Execution {
  readonly looks: Map<string, Date>;
}

/** The result of one write. */
type Attempt = Pick<WriteResult, 'error' | 'unseen'>;

/** A look older than this is too old to write on: Azure honours no If-Match on these resources. */
const freshMs = 2_000;

/**
 * Carries out every write. A merged write that was refused is tried again case by case, so that one bad step stops no
 * other, unless the refusal concerns the whole resource. When Azure asks us to wait, the writes that have not been sent
 * wait too.
 */
export async function execute(
  execution: Execution,
  writes: readonly Write[],
): Promise<readonly WriteResult[]> {
  const { engine } = execution.input;
  const looking = { ...execution, looks: new Map<string, Date>() };
  const results: WriteResult[] = [];
  let waiting: Attempt | undefined;
  for (const write of writes) {
    const attempted = waiting ?? (await attempt(looking, write));
    const { error } = attempted;
    if (error?.code === 'throttled') {
      waiting = attempted;
    }
    if (error !== undefined && isTriedByStep(write, error)) {
      engine.logger.warning('Merged write refused, trying each step alone', {
        target: write.target,
        code: error.code,
      });
      for (const part of write.parts) {
        const alone: Attempt = waiting ?? (await attempt(looking, { ...write, parts: [part] }));
        waiting ??= alone.error?.code === 'throttled' ? alone : undefined;
        results.push({ subject: part.subject, requestId: write.requestId, ...alone });
      }
    } else {
      results.push(
        ...write.parts.map(({ subject }) => ({ subject, requestId: write.requestId, ...attempted })),
      );
    }
  }
  return results;
}

/**
 * True if some step of a refused write may pass alone: a policy may deny one property only. Once each step met the
 * same assignments alone, none of them passes.
 */
function isTriedByStep({ parts }: Write, error: RemediationError): boolean {
  const isKnown = parts.every(({ subject }) => isSameRefusal(subject.data.failure?.refusal, error.refusal));
  return parts.length > 1 && errorPolicies[error.code].retry === 'never' && !error.isWhole && !isKnown;
}

async function attempt(looking: Looking, write: Write): Promise<Attempt> {
  const { engine, claim } = looking.input;
  let error: RemediationError | undefined;
  try {
    await ensureUnchanged(looking, write);
    await write.executor.write(
      write.parts.map(({ step }) => step),
      write.requestId,
      claim.until,
    );
  } catch (thrown) {
    error = toRemediationError(thrown, `write to "${write.target}"`);
  }
  return { error, unseen: { after: lookedAtOf(looking, write), until: engine.clock.now() } };
}

function lookedAtOf({ looks, lookedAt }: Looking, { target }: Write): Date {
  return looks.get(target) ?? lookedAt;
}

/**
 * A step runs only where its condition before holds: a resource is looked at again if the last look is old, or if
 * somebody else wrote to it since. The kill switch is asked after this look, so that its answer is fresh.
 */
async function ensureUnchanged(looking: Looking, write: Write): Promise<void> {
  const { engine, observer, root, claim } = looking.input;
  const isFresh = engine.clock.now().getTime() - lookedAtOf(looking, write).getTime() < freshMs;
  if (isFresh && !(await isNews(looking, write))) {
    return;
  }
  const isRoot = isSameResource(write.target, root.text);
  const look = await observer.look(
    root,
    { root: isRoot, children: isRoot ? [] : [write.target], allChildren: false },
    claim.until,
  );
  looking.looks.set(write.target, look.startedAt);
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
 * True if somebody else may have written since the look. Only one more look is made for that: endless writes must not
 * keep a leak open.
 */
async function isNews(looking: Looking, write: Write): Promise<boolean> {
  const { input, looks } = looking;
  if (!input.heedsOthers || looks.has(write.target)) {
    return false;
  }
  const own = ownWrites(
    input,
    write.parts.map(({ subject }) => subject),
  );
  return mayHaveChanged(await readNews(input), write.target, lookedAtOf(looking, write), own);
}

/**
 * The first transient error among results: the remaining work has to be done later. Writes that the kill switch stopped
 * count as none: their cases are held, and looked at again when their time comes.
 */
export function transientOf(results: readonly WriteResult[]): RemediationError | undefined {
  return results
    .map(({ error }) => error)
    .find((error) => isTransient(error) && error?.code !== 'changes-stopped');
}
