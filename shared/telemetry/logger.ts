import type { Json } from '../contract/json.ts';
import { visibleJson } from '../text/visible.ts';
import { maskSecrets } from '../text/mask-secrets.ts';

export type Level = 'information' | 'warning' | 'error';
export type Properties = Readonly<Record<string, Json | undefined>>;

/** One log for everything. Messages are static; what varies stands in the properties. `error` means: a person must act. */
export interface Logger {
  information(message: string, properties?: Properties): void;
  warning(message: string, properties?: Properties): void;
  error(message: string, properties?: Properties): void;
}

/**
 * Writes JSON lines without secrets to a sink. Each value is looked at by itself: of a line that is written already, a secret
 * could take the end of its text away, and with it the line's form.
 */
export function createLogger(sink: (level: Level, line: string) => void): Logger {
  const write = (level: Level, message: string, properties: Properties = {}): void => {
    sink(level, visibleJson(maskSecrets({ level, message, ...properties }).value));
  };
  return {
    information: (message, properties) => write('information', message, properties),
    warning: (message, properties) => write('warning', message, properties),
    error: (message, properties) => write('error', message, properties),
  };
}
