import { moment } from '../../shared/words/moment.ts';
import { html, type Html } from './html.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A time that machines can read too. */
export function timeTag(time: number | string | Date): Html {
  const date = new Date(time);
  return Number.isNaN(date.getTime())
    ? html`${String(time)}`
    : html`<time datetime="${date.toISOString()}">${moment(date)}</time>`;
}

/** The time since a moment, with the exact time in the tooltip. */
export function ago(time: number | string, now: Date): Html {
  const then = new Date(time);
  if (Number.isNaN(then.getTime())) {
    return html`${String(time)}`;
  }
  const words = passedText(now.getTime() - then.getTime());
  return html`<time datetime="${then.toISOString()}" title="${moment(then)}">${words}</time>`;
}

function passedText(milliseconds: number): string {
  if (milliseconds < 0) {
    return `in ${span(-milliseconds)}`;
  }
  return milliseconds < minute ? 'just now' : `${span(milliseconds)} ago`;
}

/** A span of time in its largest unit, or in two units if one is too coarse. */
export function span(milliseconds: number): string {
  if (milliseconds < 1_000) {
    return `${Math.round(milliseconds)} ms`;
  }
  if (milliseconds < minute) {
    return `${(milliseconds / 1_000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;
  }
  if (milliseconds < hour) {
    return `${Math.round(milliseconds / minute)} min`;
  }
  if (milliseconds < day) {
    const hours = Math.floor(milliseconds / hour);
    const minutes = Math.round((milliseconds - hours * hour) / minute);
    return hours < 10 && minutes > 0 && minutes < 60
      ? `${hours} h ${minutes} min`
      : `${Math.round(milliseconds / hour)} h`;
  }
  const days = Math.round(milliseconds / day);
  return days === 1 ? '1 day' : `${days} days`;
}

/** Separates the digits into groups of three. */
export function count(value: number): string {
  return value.toLocaleString('en-GB');
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A value as Azure writes it. */
export function value(json: unknown): string {
  return JSON.stringify(json, undefined, typeof json === 'object' && json !== null ? 2 : undefined);
}

/** Address of a case's page. */
export function casePath(subscription: string, caseId: string): string {
  return `/cases/${encodeURIComponent(subscription)}/${encodeURIComponent(caseId)}`;
}

/** An address with a query, without empty values. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const kept = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') {
      kept.set(name, String(value));
    }
  }
  return kept.size === 0 ? path : `${path}?${kept.toString()}`;
}
