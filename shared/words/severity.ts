import type { CaseData } from '../case/case-data.ts';
import type { Exposure } from '../contract/observation.ts';
import type { Severity } from '../contract/observation.ts';

export const severityWords: Readonly<Record<Severity, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
};

export const exposureWords: Readonly<Record<Exposure, string>> = {
  real: 'open right now',
  latent: 'behind another door that is still closed',
};

/** The severity of a drift: "High, open right now". */
export function severityText({
  severity,
  exposure,
}: Pick<CaseData, 'severity'> & { readonly exposure?: Exposure | undefined }): string {
  return exposure === undefined
    ? severityWords[severity]
    : `${severityWords[severity]}, ${exposureWords[exposure]}`;
}
