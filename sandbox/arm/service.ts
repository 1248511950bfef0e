import type { ArmBody } from './arm-body.ts';
import type { Answer, Caller } from './call.ts';

/** A call of a service, by somebody whose token is good. */
export interface ServiceCall {
  readonly url: URL;
  /** As requested, decoded and in its normal form. */
  readonly path: string;
  readonly body: ArmBody;
  readonly apiVersion: string;
  readonly caller: Caller;
  readonly correlationId: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Something behind Resource Manager's door that is not about one type of resource, such as a query. */
export interface Service {
  /** As accounting names its calls, such as `Microsoft.ResourceGraph/resources/read`. */
  readonly operation: string;
  readonly method: string;
  /** Which paths are its own. */
  readonly path: RegExp;
  readonly apiVersions: readonly string[];
  /** Options of the query that it takes, such as `$filter`; all others are refused. */
  readonly options: readonly string[];
  /** Whether its calls count against Resource Manager's limits. */
  readonly isCounted: boolean;
  /** Does the call, rights and own limits included. Throws `ArmError` to refuse. */
  readonly answer: (call: ServiceCall) => Answer;
}
