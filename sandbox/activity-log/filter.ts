import { ArmError } from '../arm/arm-error.ts';

/** What a query of the Activity Log asks for. Texts are in lower case, times in milliseconds since 1970. */
export interface ActivityFilter {
  readonly from: number;
  readonly to: number;
  readonly resourceUri?: string;
  readonly resourceGroupName?: string;
  readonly resourceProvider?: string;
  readonly correlationId?: string;
}

const names = ['resourceUri', 'resourceGroupName', 'resourceProvider', 'correlationId'] as const;

/** Reads `$filter`. Throws 400 for what Azure would not take, and where it does not say from when. */
export function readFilter(text: string): ActivityFilter {
  const clauses = text.split(/\s+and\s+/i).map(readClause);
  const { from, ...rest } = Object.assign({}, ...clauses) as Partial<ActivityFilter>;
  if (from === undefined) {
    throw invalid("The filter has to say from when: eventTimestamp ge '...'.");
  }
  return { to: Number.POSITIVE_INFINITY, ...rest, from };
}

function readClause(clause: string): Partial<ActivityFilter> {
  const found = /^\s*(\w+)\s+(ge|le|eq)\s+'([^']*)'\s*$/i.exec(clause);
  const [, name = '', operator = '', value = ''] = found ?? [];
  const asked = `${name} ${operator}`.toLowerCase();
  const known = names.find((one) => asked === `${one.toLowerCase()} eq`);
  if (known !== undefined) {
    return { [known]: value.toLowerCase() };
  }
  switch (asked) {
    case 'eventtimestamp ge':
      return { from: timeOf(value) };
    case 'eventtimestamp le':
      return { to: timeOf(value) };
    default:
      throw invalid(`The filter clause '${clause}' is not supported.`);
  }
}

function timeOf(value: string): number {
  const time = Date.parse(value);
  if (Number.isNaN(time)) {
    throw invalid(`'${value}' is not a time.`);
  }
  return time;
}

function invalid(message: string): ArmError {
  return new ArmError(400, 'BadRequest', message);
}
