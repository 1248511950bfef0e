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
  const filter: { -readonly [Name in keyof ActivityFilter]?: ActivityFilter[Name] } = {};
  for (const clause of text.split(/\s+and\s+/i)) {
    const groups = /^\s*(?<name>\w+)\s+(?<operator>ge|le|eq)\s+'(?<value>[^']*)'\s*$/i.exec(clause)?.groups;
    const { name = '', operator = '', value = '' } = groups ?? {};
    const known = names.find((one) => one.toLowerCase() === name.toLowerCase());
    if (known !== undefined && operator.toLowerCase() === 'eq') {
      filter[known] = value.toLowerCase();
    } else if (name.toLowerCase() === 'eventtimestamp' && /^[gl]e$/i.test(operator)) {
      filter[operator.toLowerCase() === 'ge' ? 'from' : 'to'] = timeOf(value);
    } else {
      throw invalid(`The filter clause '${clause}' is not supported.`);
    }
  }
  if (filter.from === undefined) {
    throw invalid("The filter has to say from when: eventTimestamp ge '...'.");
  }
  return { ...filter, from: filter.from, to: filter.to ?? Number.POSITIVE_INFINITY };
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
