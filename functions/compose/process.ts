import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/telemetry/logger.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';

/** The parts that every role has. */
export interface Process {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}
