import { app } from '@azure/functions';

/** Answers only when the app has loaded: a host whose app failed to load says that it is running, too. */
export function registerReportHealth(role: string): void {
  app.http('report-health', {
    route: 'health',
    methods: ['GET'],
    authLevel: 'function',
    handler: () => ({ jsonBody: { role, state: 'running' } }),
  });
}
