/** Set by `npm run test:long`, which runs each file that has a long form once more. */
const isAtLength = process.env.LEAKSTOP_TEST_EFFORT === 'long';

/** Runs of a law: as many as given in `npm test`, ten times as many at length. */
export function runs(count: number): number {
  return isAtLength ? count * 10 : count;
}
