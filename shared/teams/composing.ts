import type { LinkSigner } from '../approval/link-token.ts';
import type { CaseData } from '../case/case-data.ts';
import type { Clock } from '../clock.ts';
import type { ChainReader } from '../ledger/chain-reader.ts';
import type { CaseRow } from '../ledger/ledger.ts';
import type { Policy } from '../policy/policy.ts';
import type { ControlWords } from '../words/control.ts';
import type { NameOfSubscription } from '../words/place.ts';
import { type CardSubject, cardSubject } from './case-facts.ts';

/** The data and services from which messages are composed. */
export interface Composing {
  readonly chain: string;
  readonly reader: Pick<ChainReader, 'entries'>;
  /** Open cases of the chain as they are now, by case id. */
  readonly open: ReadonlyMap<string, CaseRow>;
  readonly policy: Pick<Policy, 'approversOf'>;
  readonly controls: readonly ControlWords[];
  readonly nameOf: NameOfSubscription;
  readonly signer: LinkSigner;
  /** Origin of the web app, without a slash at its end. */
  readonly webUrl: string;
  readonly clock: Clock;
}

/** The description of a case on its card. */
export function subjectOf(
  { controls, nameOf }: Pick<Composing, 'controls' | 'nameOf'>,
  data: CaseData,
): CardSubject {
  return cardSubject(controls, data, nameOf);
}

/** Address of a case's page. */
export function caseLink({ webUrl, chain }: Pick<Composing, 'webUrl' | 'chain'>, caseId: string): string {
  return `${webUrl}/cases/${encodeURIComponent(chain)}/${encodeURIComponent(caseId)}`;
}
