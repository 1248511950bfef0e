import { conditionOf } from '../../shared/contract/condition.ts';
import { type Change, type Plan } from '../../shared/contract/change.ts';
import { type Difference, type Drift, type Observation } from '../../shared/contract/observation.ts';
import { type Json } from '../../shared/contract/json.ts';
import { type Step } from '../../shared/contract/step.ts';

interface Wording {
  readonly impact: string;
  /** Azure's documented default of the property. Undo writes it where the property was absent. */
  readonly whenAbsent?: { readonly value: Json; readonly note: string };
  /** A condition that an exact undo still needs, told to the person who decides. */
  readonly undoNote?: string;
}

/** One PATCH that takes every difference to its desired value and touches nothing else. */
export function changeProperties(
  kind: Step['kind'],
  { resource }: Observation,
  { differences }: Drift,
  wording: Wording,
): Plan {
  const before = differences.map(({ path, actual }) => [path, conditionOf(actual)]);
  const after = differences.map(({ path, desired }) => [path, { is: desired }]);
  const step: Step = {
    kind,
    target: resource.id,
    before: Object.fromEntries(before) as Step['before'],
    after: Object.fromEntries(after) as Step['after'],
  };
  return {
    kind: 'change',
    change: { steps: [step], impact: wording.impact, undo: undoOf(differences, wording) },
  };
}

/** A PATCH cannot make a property absent, so an absent property comes back as Azure's default, or not at all. */
function undoOf(differences: readonly Difference[], { whenAbsent, undoNote }: Wording): Change['undo'] {
  const absent = differences.filter(({ actual }) => actual === undefined);
  if (absent.length === 0) {
    return undoNote === undefined ? { kind: 'exact' } : { kind: 'exact', note: undoNote };
  }
  if (whenAbsent === undefined) {
    return { kind: 'none', note: 'The property was absent, and its default is not documented' };
  }
  const values = Object.fromEntries(absent.map(({ path }) => [path, whenAbsent.value]));
  return { kind: 'default', note: whenAbsent.note, values };
}
