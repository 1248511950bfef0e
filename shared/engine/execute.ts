import type { RemediationError } from '../errors.ts';
import { errorPolicies, isTransient } from '../errors.ts';
import { toRemediationError } from '../azure/to-remediation-error.ts';
import type { Case } from './draft.ts';
import type { Engine } from './engine.ts';
import type { Write } from './merge.ts';

/** How the write of one case ended. A transient error leaves the case in `changing`, to be resumed. */
export interface WriteResult {
  readonly subject: Case;
  readonly requestId: string;
  readonly error: RemediationError | undefined;
}

/** Carries out every write; a refused merged one is tried again case by case, so that one bad step stops no other. */
export async function execute(
  engine: Engine,
  writes: readonly Write[],
  until: Date,
): Promise<readonly WriteResult[]> {
  const results: WriteResult[] = [];
  for (const write of writes) {
    const error = await attempt(write, until);
    if (error !== undefined && write.parts.length > 1 && errorPolicies[error.code].retry === 'never') {
      engine.logger.warning('Merged write refused, trying each step alone', {
        target: write.target,
        code: error.code,
      });
      for (const part of write.parts) {
        const alone = { ...write, parts: [part] };
        results.push({
          subject: part.subject,
          requestId: write.requestId,
          error: await attempt(alone, until),
        });
      }
    } else {
      results.push(...write.parts.map(({ subject }) => ({ subject, requestId: write.requestId, error })));
    }
  }
  return results;
}

async function attempt(write: Write, until: Date): Promise<RemediationError | undefined> {
  try {
    await write.executor.write(
      write.parts.map(({ step }) => step),
      write.requestId,
      until,
    );
    return undefined;
  } catch (error) {
    return toRemediationError(error, `write to "${write.target}"`);
  }
}

/** The first transient error among results: what is left has to be done later. */
export function transientOf(results: readonly WriteResult[]): RemediationError | undefined {
  return results.map(({ error }) => error).find((error) => isTransient(error));
}
