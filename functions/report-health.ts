import { app, type HttpResponseInit } from '@azure/functions';

/** The facts behind health, besides the app being loaded. */
export interface HealthFacts {
  readonly isHalted: () => Promise<boolean>;
  /** Number of messages that were given up and that no function can take. */
  readonly stuckMessages: () => Promise<number>;
}

/**
 * Answers only if the app has loaded: a host whose app failed to load says that it is running, too. While changes are
 * stopped, messages are stuck, or either is unknown, it answers 503, so that monitoring notices.
 */
export function registerReportHealth(role: string, facts?: HealthFacts): void {
  app.http('report-health', {
    route: 'api/health',
    methods: ['GET'],
    authLevel: 'function',
    handler: () => healthOf(role, facts),
  });
}

/** The answer. Facts are undefined for a role that makes no changes. */
export async function healthOf(role: string, facts?: HealthFacts): Promise<HttpResponseInit> {
  try {
    const [isHalted, stuckMessages] =
      facts === undefined ? [false, 0] : await Promise.all([facts.isHalted(), facts.stuckMessages()]);
    if (isHalted) {
      return { status: 503, jsonBody: { role, state: 'halted' } };
    }
    return stuckMessages > 0
      ? { status: 503, jsonBody: { role, state: 'messages-stuck', messages: stuckMessages } }
      : { jsonBody: { role, state: 'running' } };
  } catch {
    // The error may name things that are none of the caller's business; the worker logs it where it matters.
    return { status: 503, jsonBody: { role, state: 'unknown' } };
  }
}
