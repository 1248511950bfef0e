import type { FunctionHandler, PreInvocationContext } from '@azure/functions';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';

/** A hook that turns every execution of a function, whatever its trigger, into one request in telemetry. */
export function tellOfExecutions(telemetry: Telemetry): (context: PreInvocationContext) => void {
  return (context) => {
    const { functionHandler: handler, invocationContext } = context;
    const { functionName, traceContext } = invocationContext;
    const tell: FunctionHandler = (input, inner) =>
      telemetry.request(
        functionName,
        traceContext?.traceParent,
        async () => {
          const result: unknown = await handler(input, inner);
          const status = statusOf(result);
          if (status !== undefined) {
            telemetry.attribute('leakstop.status', status);
          }
          return result;
        },
        (result) => (statusOf(result) ?? 0) >= 500,
      );
    context.functionHandler = tell;
  };
}

/** The HTTP status of an answer. Undefined for the result of a function that answers no call. */
function statusOf(result: unknown): number | undefined {
  const { status } = (result ?? {}) as { status?: unknown };
  return typeof status === 'number' ? status : undefined;
}
