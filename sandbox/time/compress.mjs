// Preload (`node --import`) that makes time pass faster in a process, without a line in the program that runs:
// an instant is ORIGIN + (now - ORIGIN) x FACTOR, the same in every process that is given the same two settings, and
// timers end sooner accordingly. Without a factor it does nothing.
//
// Left alone, so that sockets, TLS and measurements keep to real time: performance.now, process.hrtime,
// setImmediate, and the timers that Node's own network modules took before this file ran.
import 'node:http';
import 'node:https';
import 'node:http2';
import 'node:tls';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { promisify } from 'node:util';

const factor = Number(process.env.SANDBOX_TIME_FACTOR ?? 1);
const origin = Number(process.env.SANDBOX_TIME_ORIGIN ?? 0);
const isSetUp = factor !== 1;

if (isSetUp && !(factor > 0 && origin > 0)) {
  throw new Error(
    'Cannot compress time: SANDBOX_TIME_FACTOR and SANDBOX_TIME_ORIGIN must be positive numbers',
  );
}
if (isSetUp) {
  compressDate();
  compressTimers();
}

function compressDate() {
  const RealDate = Date;
  // Finer than a millisecond, which at a factor of 240 would be a quarter of a second.
  const realNow = () => performance.timeOrigin + performance.now();
  const now = () => Math.floor(origin + (realNow() - origin) * factor);
  RealDate.now = now;
  const CompressedDate = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
  });
  RealDate.prototype.constructor = CompressedDate;
  globalThis.Date = CompressedDate;
}

function compressTimers() {
  const require = createRequire(import.meta.url);
  const timers = require('node:timers');
  const promises = require('node:timers/promises');
  // Never early: a real millisecond is long in compressed time.
  const shorten = (delay) => (Number(delay) > 0 ? Math.ceil(Number(delay) / factor) : delay);

  const { setTimeout: realTimeout, setInterval: realInterval } = globalThis;
  const setTimeout = (callback, delay, ...args) => realTimeout(callback, shorten(delay), ...args);
  const setInterval = (callback, delay, ...args) => realInterval(callback, shorten(delay), ...args);
  const { setTimeout: realPause, setInterval: realTicks } = promises;
  const pause = (delay, value, options) => realPause(shorten(delay), value, options);
  const ticks = (delay, value, options) => realTicks(shorten(delay), value, options);
  setTimeout[promisify.custom] = pause;

  Object.assign(globalThis, { setTimeout, setInterval });
  Object.assign(timers, { setTimeout, setInterval });
  Object.assign(promises, { setTimeout: pause, setInterval: ticks });
  const realWait = promises.scheduler.wait.bind(promises.scheduler);
  promises.scheduler.wait = (delay, options) => realWait(shorten(delay), options);
  const realSignal = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (delay) => realSignal(shorten(delay));
  syncBuiltinESMExports();
}
