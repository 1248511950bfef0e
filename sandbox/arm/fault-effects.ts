import type { FaultEffect } from '../faults.ts';
import type { ArmBody } from './arm-body.ts';

/** What the faults that a call met make of it. */
export interface FaultPlan {
  /** Waited for before the call is looked at. */
  readonly delayMs: number;
  /** The connection is closed without the call being done. */
  readonly isDroppedBefore: boolean;
  /** Given instead of doing the call. */
  readonly answer: FaultAnswer | undefined;
  /** The call is done, and then the connection is closed without an answer. */
  readonly isDroppedAfter: boolean;
  /** Waited for after the call is done, before it is answered. */
  readonly hangMs: number;
}

interface FaultAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ArmBody;
}

/** Reads the effects that one call met. */
export function planFaults(effects: readonly FaultEffect[]): FaultPlan {
  const sum = (kind: 'latency' | 'hang-after') =>
    effects.reduce((total, effect) => total + (effect.kind === kind ? effect.milliseconds : 0), 0);
  const status = effects.find((effect) => effect.kind === 'status');
  return {
    delayMs: sum('latency'),
    isDroppedBefore: effects.some(({ kind }) => kind === 'reset-before'),
    answer: status && toAnswer(status),
    isDroppedAfter: effects.some(({ kind }) => kind === 'reset-after'),
    hangMs: sum('hang-after'),
  };
}

const codes: Readonly<Record<number, readonly [code: string, message: string]>> = {
  408: ['RequestTimeout', 'The request timed out.'],
  409: [
    'Conflict',
    'The request could not be completed because of a conflict with the state of the resource.',
  ],
  429: ['TooManyRequests', 'The request is being throttled as the limit has been reached.'],
  500: ['InternalServerError', 'Encountered internal server error.'],
  502: ['BadGateway', 'The gateway did not receive a response from the service.'],
  503: ['ServiceUnavailable', 'The service is temporarily unavailable.'],
  504: [
    'GatewayTimeout',
    'The gateway did not receive a response from the service within the specified time period.',
  ],
};

function toAnswer(effect: Extract<FaultEffect, { kind: 'status' }>): FaultAnswer {
  const [code, message] = codes[effect.status] ?? ['Failed', 'The request failed.'];
  return {
    status: effect.status,
    headers: {
      'x-ms-failure-cause': 'gateway',
      ...(effect.retryAfterInSeconds === undefined
        ? {}
        : { 'retry-after': String(effect.retryAfterInSeconds) }),
    },
    body: { error: { code: effect.code ?? code, message: effect.message ?? message } },
  };
}
