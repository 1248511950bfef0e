import type { IncomingMessage } from 'node:http';
import type { HostApp, HostKeys } from './app.ts';
import { hasHostStorage } from './host-storage.ts';

interface Keyed {
  readonly request: IncomingMessage;
  readonly url: URL;
}

/** The key that a call carries, in its header or its query. */
export function keyOf({ request, url }: Keyed): string | undefined {
  const header = request.headers['x-functions-key'];
  return typeof header === 'string' ? header : (url.searchParams.get('code') ?? undefined);
}

/** Which of the app's keys a call carries; undefined for none. A host without storage of its own knows no keys. */
export function keyNameOf(app: HostApp, call: Keyed): keyof HostKeys | undefined {
  const key = keyOf(call);
  const { master, function: functionKey, eventGrid } = app.keys;
  if (key === undefined || !hasHostStorage(app.appSettings)) {
    return undefined;
  }
  return key === master
    ? 'master'
    : key === functionKey
      ? 'function'
      : key === eventGrid
        ? 'eventGrid'
        : undefined;
}

/** Whether a call may do everything: it carries the master key, or the host runs on a developer's machine. */
export function isMaster(app: HostApp, call: Keyed): boolean {
  return app.isLocal || keyNameOf(app, call) === 'master';
}

/** Whether a call may reach an HTTP function of that level. */
export function mayCall(app: HostApp, level: string, call: Keyed): boolean {
  if (level === 'anonymous' || isMaster(app, call)) {
    return true;
  }
  return level === 'function' && keyNameOf(app, call) === 'function';
}
