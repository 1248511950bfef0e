import { moment } from '../moment.ts';

/** One entry of a case's story, as the ledger has it. */
export interface StoryEntry {
  readonly sequence: number;
  /** ISO 8601. */
  readonly time: string;
  readonly kind: string;
  readonly actor?: Readonly<Record<string, unknown>> | undefined;
  /** Undefined if the body was erased or cannot be read. */
  readonly payload?: Readonly<Record<string, unknown>> | undefined;
  /** Result of checking the signature of a decision. Absent where nobody checked. */
  readonly signature?: 'genuine' | 'forged' | 'unknown' | undefined;
}

/** One entry in plain words. */
export interface Told {
  readonly title: string;
  readonly more: readonly string[];
  readonly tone?: 'people' | 'done' | 'trouble';
}

/** A line with its label; no line for an undefined text. */
export function labelled(label: string, said: string | undefined): readonly string[] {
  return said === undefined || said === '' ? [] : [`${label}: ${said}`];
}

/** A text of several lines under a label, each as a line of its own. */
export function listed(label: string, said: string | undefined): readonly string[] {
  const lines = (said ?? '').split('\n').filter(Boolean);
  return lines.length > 1 ? [`${label}:`, ...lines] : labelled(label, said);
}

/** A time with its label; no line for an undefined time. */
export function timed(label: string, time: string | undefined): readonly string[] {
  return time === undefined ? [] : [`${label}: ${moment(time)}`];
}
