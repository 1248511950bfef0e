import type { CaseData } from '../case/case-data.ts';
import { capitalised } from './capital.ts';
import { controlTitle, type ControlWords, driftText } from './control.ts';
import { asItStands, type ShowGiven } from './given.ts';
import { placeOf } from './place.ts';

/** The subject of a case: `before`, `name` and `after` make one sentence. Others chose the `name` of the resource. */
export interface Heading {
  readonly before: string;
  readonly name: string;
  readonly after: string;
}

type HeadedCase = Pick<CaseData, 'resource' | 'control' | 'differences'> &
  Partial<Pick<CaseData, 'exposure' | 'undo'>>;

/** The drift of a case: "weights1 accepts TLS 1.0". For a case that asks for an undo, the state that would end. */
export function caseHeading(catalogue: readonly ControlWords[], data: HeadedCase): Heading {
  const { name } = placeOf(data.resource);
  return data.undo === undefined
    ? { before: '', name, after: ` ${driftText(catalogue, data)}` }
    : {
        before: 'Undo on ',
        name,
        after: `: no longer so would be “${controlTitle(catalogue, data.control)}”`,
      };
}

export function headingText({ before, name, after }: Heading, given: ShowGiven = asItStands): string {
  return `${before}${given(name)}${after}`;
}

/** The drift without the name of the resource, for use beside the name: "Accepts TLS 1.0". */
export function shortHeading(catalogue: readonly ControlWords[], data: HeadedCase): string {
  return capitalised(
    data.undo === undefined ? driftText(catalogue, data) : `undo: ${controlTitle(catalogue, data.control)}`,
  );
}
