const preload = new URL('compress.mjs', import.meta.url).href;

/** Time that passes `factor` times as fast, from one instant on, in every process started with its environment. */
export interface CompressedTime {
  readonly factor: number;
  /** Variables for a child process: Azurite, a host, the sandbox itself. */
  readonly environment: Readonly<Record<string, string>>;
  /** This moment in compressed time, for a process that itself keeps to real time. */
  now(): Date;
  /** How long such a process waits for a span of compressed time. */
  realMs(compressedMs: number): number;
}

/**
 * Compresses time from now on: with 240 an hour lasts 15 s.
 *
 * What takes real time is stretched with it: an answer after 5 ms looks like one after 1.2 s, and a time limit of 30 s
 * leaves 125 ms.
 */
export function compressTime(factor: number): CompressedTime {
  const origin = realNow();
  return {
    factor,
    environment: {
      NODE_OPTIONS: `--import=${preload}`,
      SANDBOX_TIME_FACTOR: String(factor),
      SANDBOX_TIME_ORIGIN: String(origin),
    },
    now: () => new Date(Math.floor(origin + (realNow() - origin) * factor)),
    realMs: (compressedMs) => compressedMs / factor,
  };
}

function realNow(): number {
  return performance.timeOrigin + performance.now();
}
