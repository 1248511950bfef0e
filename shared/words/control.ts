import { ownMember } from '../own-member.ts';
import type { Json } from '../contract/json.ts';
import type { Exposure } from '../contract/observation.ts';
import type { DriftWords, RemediatorMeta } from '../contract/remediator.ts';
import { engineControl } from './engine-controls.ts';
import { shortValue } from './short-value.ts';

/** The words about a control for people. */
export type ControlWords = Pick<RemediatorMeta, 'id' | 'title' | 'drift' | 'rationale'>;

/**
 * The words about a control of the catalogue or of the engine; undefined for a control that this version does not know.
 */
export function controlWords(catalogue: readonly ControlWords[], id: string): ControlWords | undefined {
  return catalogue.find((control) => control.id === id) ?? engineControl(id);
}

/** The state that a control keeps, as one sentence. For an unknown control, its id. */
export function controlTitle(catalogue: readonly ControlWords[], id: string): string {
  return controlWords(catalogue, id)?.title ?? id;
}

/** The facts of a case about its drift. A row, or an answer of the API, may lack the observation. */
export interface SeenDrift {
  readonly control: string;
  readonly differences: readonly { readonly actual?: Json | undefined }[];
  readonly exposure?: Exposure | undefined;
}

const mostPhrases = 3;

/** The drift as the end of a sentence that begins with the resource's name: "accepts TLS 1.0". */
export function driftText(catalogue: readonly ControlWords[], seen: SeenDrift): string {
  const control = controlWords(catalogue, seen.control);
  if (control === undefined) {
    return `is not as the control ${shortValue(seen.control)} wants, which this version does not know`;
  }
  const { drift, title } = control;
  if (typeof drift === 'string') {
    return drift;
  }
  const phrases = new Set(seen.differences.map(({ actual }) => phraseOf(drift, actual)));
  if (phrases.size === 0) {
    return `is not as it should be: ${title}`;
  }
  const latent = seen.exposure === 'latent' ? (drift.latent ?? '') : '';
  return `${[...phrases].slice(0, mostPhrases).join(' and ')}${latent}`;
}

function phraseOf(
  { seen = {}, absent, otherwise }: Exclude<DriftWords, string>,
  actual: Json | undefined,
): string {
  if (actual === undefined) {
    return absent;
  }
  const name = typeof actual === 'object' ? '' : String(actual);
  return ownMember(seen, name) ?? otherwise.replace('{value}', () => shortValue(actual));
}
