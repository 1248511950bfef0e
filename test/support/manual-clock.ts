import { randomUUID } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';

/** A clock that stands until it is moved. Sleeping moves it, and is over at once. */
export class ManualClock implements Clock {
  #now: number;
  /** Every pause that was asked for, in milliseconds. */
  readonly pauses: number[] = [];

  constructor(start = '2026-03-01T12:00:00.000Z') {
    this.#now = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.pauses.push(milliseconds);
    this.#now += milliseconds;
    await new Promise((resolve) => setImmediate(resolve));
  }

  random(): number {
    return Math.random();
  }

  uuid(): string {
    return randomUUID();
  }
}
