import type { Json } from '../contract/json.ts';
import { visibleJson } from '../text/visible.ts';
import { maskSecrets } from '../text/mask-secrets.ts';

export type Level = 'information' | 'warning' | 'error';
export type Properties = Readonly<Record<string, Json | undefined>>;

/**
 * The one log. Messages are static; everything that varies goes into the properties. `error` means that a person must
 * act.
 */
export interface Logger {
  information(message: string, properties?: Properties): void;
  warning(message: string, properties?: Properties): void;
  error(message: string, properties?: Properties): void;
}

/**
 * Writes JSON lines without secrets to a sink. Each value is masked by itself: masking a finished line could remove
 * the end of a text together with the line's syntax.
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
