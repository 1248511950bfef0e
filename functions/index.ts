import { app } from '@azure/functions';
import { systemClock } from '../shared/clock.ts';
import { readRole } from '../shared/settings.ts';
import { loadApplicationInsights } from '../shared/telemetry/application-insights.ts';
import { createLogger } from '../shared/telemetry/logger.ts';
import { safeCause } from '../shared/text/safe-cause.ts';
import { createTelemetry } from '../shared/telemetry/telemetry.ts';
import { tellOfExecutions } from './compose/tell-of-executions.ts';
import { registerReportHealth } from './report-health.ts';

const role = readRole(process.env);
const clock = systemClock;
const logger = createLogger((level, line) => {
  process[level === 'error' ? 'stderr' : 'stdout'].write(`${line}\n`);
});
const telemetry = createTelemetry(
  clock,
  () => loadApplicationInsights(process.env.APPLICATIONINSIGHTS_CONNECTION_STRING),
  (error) => logger.error('Telemetry cannot be sent', { reason: safeCause(error).message }),
);

// Each role loads only its own registration.
switch (role) {
  case 'worker':
    (await import('./compose/worker.ts')).registerWorker({ clock, logger, telemetry });
    break;
  case 'web':
    (await import('./compose/web.ts')).registerWeb({ clock, logger, telemetry });
    break;
  case 'keys':
    registerReportHealth(role);
}
// The host's own requests are switched off in host.json: this hook reports each execution once.
app.hook.preInvocation(tellOfExecutions(telemetry));
// Loaded after the registration, so that the host does not wait. Spans that end earlier wait for the sink.
app.hook.appStart(() => telemetry.start());
app.hook.appTerminate(() => telemetry.flush());
