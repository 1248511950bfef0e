import { availableParallelism, loadavg } from 'node:os';

/**
 * How fast compressed time may pass on this machine now: as fast as is wished where it has a core to spare, and slower as
 * more wait for each core. A time limit of the app, which shrinks with the factor, then leaves as much work as it should.
 */
export function calmFactor(wished: number): number {
  const [lastMinute = 0] = loadavg();
  return Math.max(2, wished / Math.max(1, lastMinute / availableParallelism()));
}
