import { holdsUnder } from '../../case/baseline.ts';
import { resourceObservable } from '../../contract/engine-controls.ts';
import { isEventOn } from '../look/news.ts';
import type { Assessment } from './assessment.ts';

/**
 * A drift is witnessed if everything was seen once (the baseline covers the control and the root could be read), and an
 * event named this very resource. A drift that a walk finds, or a look at another resource, may have existed for a long
 * time.
 */
export function isWitnessed(
  { engine, cases, baseline, notes }: Assessment,
  resource: string,
  control: string,
): boolean {
  const isUnreadable = [...cases.values()].some(({ data }) => data.control === resourceObservable);
  return (
    baseline?.controls.includes(control) === true &&
    holdsUnder(baseline, engine.policy) &&
    !isUnreadable &&
    notes.some((note) => isEventOn(note, resource))
  );
}
