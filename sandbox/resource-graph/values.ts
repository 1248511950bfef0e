import type { ScalarType } from './syntax.ts';

/** Scalar values: texts, numbers, booleans, JSON. Times are milliseconds since 1970; null is Kusto's null. */

/** As `tobool`: words and numbers count, all else is null. */
export function toBool(value: unknown): boolean | null {
  if (typeof value === 'boolean') {
    return value;
  }
  if (typeof value === 'number') {
    return value !== 0;
  }
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  if (text === 'true' || text === '1') {
    return true;
  }
  return text === 'false' || text === '0' ? false : null;
}

/** As `tolong`: fractions are cut off. */
export function toLong(value: unknown): number | null {
  if (typeof value === 'string' && !/^\s*-?\d+\s*$/.test(value)) {
    return null;
  }
  const number = toReal(value);
  return number === null ? null : Math.trunc(number);
}

/** As `toint`: null where 32 bits do not hold it. */
export function toInt(value: unknown): number | null {
  const number = toLong(value);
  return number === null || Math.abs(number) > 2_147_483_647 ? null : number;
}

export function toReal(value: unknown): number | null {
  if (typeof value === 'number') {
    return value;
  }
  if (typeof value === 'boolean') {
    return value ? 1 : 0;
  }
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

/** As `todatetime`: an ISO 8601 date or instant, UTC where it says no zone. */
export function toDatetime(value: unknown): number | null {
  const text = typeof value === 'string' ? value.trim() : '';
  const found = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/.exec(
    text,
  );
  if (found === null) {
    return null;
  }
  const [, day, time = '00:00:00', fraction = '', zone = 'Z'] = found;
  const instant = Date.parse(`${day}T${time}${fraction.slice(0, 4)}${zone}`);
  return Number.isNaN(instant) ? null : instant;
}

/** As `tostring`: null is empty, and what is neither text, number nor boolean is its JSON. */
export function toText(value: unknown, type: ScalarType): string {
  if (value === null || value === undefined) {
    return '';
  }
  if (type === 'datetime') {
    return datetimeText(value as number);
  }
  if (type === 'timespan') {
    return timespanText(value as number);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Such as `2026-11-24T17:00:00.0000000Z`. */
function datetimeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.(\d{3})Z$/, '.$10000Z');
}

/** Such as `90.00:00:00` or `-00:00:01.5000000`. */
function timespanText(milliseconds: number): string {
  const size = Math.abs(milliseconds);
  const days = Math.floor(size / 86_400_000);
  const [time = '', fraction = ''] = new Date(size % 86_400_000).toISOString().slice(11, -1).split('.');
  const parts = [
    milliseconds < 0 ? '-' : '',
    days === 0 ? '' : `${days}.`,
    time,
    fraction === '000' ? '' : `.${fraction}0000`,
  ];
  return parts.join('');
}

/** A value as it goes into an answer or into a dynamic. */
export function toJson(value: unknown, type: ScalarType): unknown {
  if (value === null || value === undefined) {
    return type === 'string' ? '' : null;
  }
  return type === 'datetime' || type === 'timespan' ? toText(value, type) : value;
}

/** A dynamic turned into what it is compared with, as the `to...` function of that type would. */
export function convertDynamic(value: unknown, type: ScalarType): unknown {
  if (value === null || value === undefined) {
    return null;
  }
  switch (type) {
    case 'string':
      return toText(value, 'dynamic');
    case 'bool':
      return toBool(value);
    case 'long':
    case 'real':
      return toReal(value);
    case 'datetime':
      return toDatetime(value);
    case 'timespan':
    case 'dynamic':
      return value;
  }
}

/** Order of two values of one type that are not null. */
export function compareValues(left: unknown, right: unknown): number {
  if (typeof left === 'string' && typeof right === 'string') {
    return left < right ? -1 : left > right ? 1 : 0;
  }
  return Number(left) - Number(right);
}
