import type { CaseData } from '../case/case-data.ts';
import { capitalised } from './capital.ts';
import { controlTitle, type ControlWords, driftText } from './control.ts';
import { asItStands, type ShowGiven } from './given.ts';
import { placeOf } from './place.ts';

/** What a case is about: `before`, `name` and `after` make one sentence. `name` is what others called the resource. */
export interface Heading {
  readonly before: string;
  readonly name: string;
  readonly after: string;
}

type HeadedCase = Pick<CaseData, 'resource' | 'control' | 'differences'> &
  Partial<Pick<CaseData, 'exposure' | 'undo'>>;

/** Says what is wrong: "weights1 accepts TLS 1.0". A case that asks for an undo says what would no longer be so. */
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

/** What is wrong without the name of the resource, where that stands beside it: "Accepts TLS 1.0". */
export function shortHeading(catalogue: readonly ControlWords[], data: HeadedCase): string {
  return capitalised(
    data.undo === undefined ? driftText(catalogue, data) : `undo: ${controlTitle(catalogue, data.control)}`,
  );
}
