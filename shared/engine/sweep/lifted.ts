import type { Case } from '../../case/draft.ts';
import { obstructionOf } from '../../case/obstruction-of.ts';
import type { Obstruction } from '../../contract/obstruction.ts';
import type { SurroundingsQuestion } from '../../contract/surroundings.ts';
import { parseResourceId } from '../../resource-id.ts';
import { safeCause } from '../../text/safe-cause.ts';
import type { Engine } from '../engine.ts';

/** Longest time for the calls about one subscription. */
const askMs = 60_000;

/** Most roots whose cases are asked about; those of the others rest until their time. */
const mostRoots = 5_000;

/**
 * The roots, by lower-case id, with a case that something assigned above kept open and that Azure no longer shows to be there.
 * No event of a subscription tells of a management group above it. The lists are read once for each subscription, and only
 * if such a case is open. An obstruction that cannot be read now counts as there.
 */
export async function rootsWithLifted(
  engine: Pick<Engine, 'surroundings' | 'clock' | 'logger'>,
  subscription: string,
  cases: ReadonlyMap<string, ReadonlyMap<string, Case>>,
): Promise<ReadonlySet<string>> {
  const since = engine.clock.now();
  const asked = { since, until: new Date(since.getTime() + askMs) };
  const lifted = new Set<string>();
  const obstructed = [...cases]
    .slice(0, mostRoots)
    .flatMap(([root, ofRoot]) => [...ofRoot.values()].map((subject) => ({ root, subject })));
  try {
    for (const { root, subject } of obstructed) {
      const obstruction = obstructionOf(subject);
      const isOver = obstruction && isOverBy[obstruction];
      if (isOver !== undefined && (await isOver(engine, subject, { subscription, asked }))) {
        lifted.add(root);
      }
    }
  } catch (error) {
    const reason = safeCause(error).message;
    engine.logger.warning('Cannot tell what is assigned above', { subscription, reason });
  }
  return lifted;
}

type IsOver = (
  engine: Pick<Engine, 'surroundings'>,
  subject: Case,
  about: { readonly subscription: string; readonly asked: SurroundingsQuestion },
) => Promise<boolean>;

/** True if an obstruction is over, for each that may be assigned to a management group. */
const isOverBy: Partial<Record<Obstruction, IsOver>> = {
  exempt: async ({ surroundings }, { data }, { asked }) => {
    const exemptions = await surroundings.exemptionsOf(parseResourceId(data.resource), asked);
    return !exemptions.some(({ id }) => id.toLowerCase() === data.hold?.by?.toLowerCase());
  },
  'denied-by-policy': async ({ surroundings }, { data }, { subscription, asked }) => {
    const policies = (await surroundings.assignmentsOf(subscription, asked))?.policies;
    const refusal = data.failure?.refusal;
    return (
      policies !== undefined &&
      refusal?.by === 'policy' &&
      refusal.assignments.some(({ id }) => !policies.has(id.toLowerCase()))
    );
  },
  'access-denied': async ({ surroundings }, { data }, { subscription, asked }) => {
    const lastGranted = (await surroundings.assignmentsOf(subscription, asked))?.lastGranted;
    return lastGranted !== undefined && Date.parse(lastGranted) > Date.parse(data.failure?.at ?? '');
  },
};
