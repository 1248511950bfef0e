import { app, type HttpResponseInit } from '@azure/functions';

/**
 * Answers only when the app has loaded: a host whose app failed to load says that it is running, too. While changes are
 * stopped, or nobody knows whether they are, it answers 503, so that whoever watches the app hears of it.
 */
export function registerReportHealth(role: string, isHalted?: () => Promise<boolean>): void {
  app.http('report-health', {
    route: 'api/health',
    methods: ['GET'],
    authLevel: 'function',
    handler: () => healthOf(role, isHalted),
  });
}

/** The answer. `isHalted` is undefined for a role that makes no changes. */
export async function healthOf(role: string, isHalted?: () => Promise<boolean>): Promise<HttpResponseInit> {
  try {
    const halted = (await isHalted?.()) ?? false;
    return halted
      ? { status: 503, jsonBody: { role, state: 'halted' } }
      : { jsonBody: { role, state: 'running' } };
  } catch {
    // The error may name what the caller has no business with; the worker logs it where it matters.
    return { status: 503, jsonBody: { role, state: 'unknown' } };
  }
}
