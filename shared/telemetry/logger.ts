import type { Json } from '../engine/remediator.ts';
import { redact } from './secrets.ts';

export type Level = 'information' | 'warning' | 'error';
export type Properties = Readonly<Record<string, Json | undefined>>;

/** One log for everything. Messages are static; what varies stands in the properties. `error` means: a person must act. */
export interface Logger {
  information(message: string, properties?: Properties): void;
  warning(message: string, properties?: Properties): void;
  error(message: string, properties?: Properties): void;
}

/** Writes redacted JSON lines to a sink. */
export function createLogger(sink: (level: Level, line: string) => void): Logger {
  const write = (level: Level, message: string, properties: Properties = {}): void => {
    sink(level, redact(JSON.stringify({ level, message, ...properties })));
  };
  return {
    information: (message, properties) => write('information', message, properties),
    warning: (message, properties) => write('warning', message, properties),
    error: (message, properties) => write('error', message, properties),
  };
}
