import { holdsUnder, type Baseline } from '../../case/baseline.ts';
import { resourceObservable } from '../../contract/engine-controls.ts';
import { isSameResource } from '../../resource-id.ts';
import { isEventOn } from '../look/news.ts';
import type { Assessment } from './assessment.ts';

/**
 * A drift is witnessed if everything was seen once (the baseline covers the control and the root could be read), and
 * either an event named this very resource, or the last sweep read it and left no case: then it was in sync. Any other
 * drift that a walk finds, or a look at another resource, may have existed for a long time.
 */
export function isWitnessed(assessment: Assessment, resource: string, control: string): boolean {
  const { engine, root, cases, baseline, swept, notes } = assessment;
  const isUnreadable = [...cases.values()].some(({ data }) => data.control === resourceObservable);
  const covers = (seen: Pick<Baseline, 'controls' | 'policy' | 'hasOff'> | undefined): boolean =>
    seen?.controls.includes(control) === true && holdsUnder(seen, engine.policy);
  return (
    covers(baseline) &&
    !isUnreadable &&
    (notes.some((note) => isEventOn(note, resource)) || (isSameResource(resource, root) && covers(swept)))
  );
}
