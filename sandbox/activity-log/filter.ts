import { ArmError } from '../arm/arm-error.ts';
import { FilterFault, parseFilter } from '../arm/odata-filter.ts';
import type { Condition } from '../arm/odata-filter.ts';

/** What a query of the Activity Log asks for. Texts are in lower case, times in milliseconds since 1970. */
export interface ActivityFilter {
  readonly from: number;
  readonly to: number;
  readonly resourceUri?: string;
  readonly resourceGroupName?: string;
  readonly resourceProvider?: string;
  readonly correlationId?: string;
}

/** Names that a filter may have beside times, and what they mean. The Azure CLI says `resourceId`. */
const names: Readonly<Record<string, keyof ActivityFilter>> = {
  resourceuri: 'resourceUri',
  resourceid: 'resourceUri',
  resourcegroupname: 'resourceGroupName',
  resourceprovider: 'resourceProvider',
  correlationid: 'correlationId',
};

/** Reads `$filter`. Throws 400 for what Azure would not take, and where it does not say from when. */
export function readFilter(text: string): ActivityFilter {
  const clauses = clausesOf(text).map(readClause);
  const { from, ...rest } = Object.assign({}, ...clauses) as Partial<ActivityFilter>;
  if (from === undefined) {
    throw invalid("The filter has to say from when: eventTimestamp ge '...'.");
  }
  return { to: Number.POSITIVE_INFINITY, ...rest, from };
}

/** Only clauses that all have to hold are taken. */
function clausesOf(text: string): readonly Condition[] {
  try {
    const condition = text === '' ? undefined : parseFilter(text);
    if (condition === undefined) {
      return [];
    }
    return condition.kind === 'and' ? condition.parts : [condition];
  } catch (error) {
    if (error instanceof FilterFault) {
      throw invalid(`The filter '${text}' cannot be read: ${error.message}.`);
    }
    throw error;
  }
}

function readClause(clause: Condition): Partial<ActivityFilter> {
  if (clause.kind !== 'comparison') {
    throw invalid(`The filter clause '${clause.kind}' is not supported.`);
  }
  const { name, operator, value } = clause;
  const known = names[name.toLowerCase()];
  if (known !== undefined && operator === 'eq') {
    return { [known]: value.toLowerCase() };
  }
  switch (`${name} ${operator}`.toLowerCase()) {
    case 'eventtimestamp ge':
      return { from: timeOf(value) };
    case 'eventtimestamp le':
      return { to: timeOf(value) };
    default:
      throw invalid(`The filter clause '${name} ${operator} ${value}' is not supported.`);
  }
}

/** Times are UTC where they do not say otherwise, with quotes or without. */
function timeOf(value: string): number {
  const hasZone = /(z|[+-]\d{2}:?\d{2})$/i.test(value) && value.includes('T');
  const time = Date.parse(hasZone || !value.includes('T') ? value : `${value}Z`);
  if (Number.isNaN(time)) {
    throw invalid(`'${value}' is not a time.`);
  }
  return time;
}

function invalid(message: string): ArmError {
  return new ArmError(400, 'BadRequest', message);
}
