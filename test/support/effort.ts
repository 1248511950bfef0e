/** Set by `npm run test:long`, which runs each file that has a long form once more. */
const isAtLength = process.env.LEAKSTOP_TEST_EFFORT === 'long';

/** Runs of a law: as many as given in `npm test`, ten times as many at length. */
export function runs(count: number): number {
  return isAtLength ? count * 10 : count;
}

/**
 * Some of many cases in `npm test`: one of each `parts` that follow each other, from `first` on. All of them at length.
 * Tables of the same cases with another `first` each try between them more than any of them does.
 */
export function some<T>(all: readonly T[], parts: number, first = 0): readonly T[] {
  return isAtLength ? all : all.filter((_, index) => index % parts === first % parts);
}

/** How much of something there is: in `npm test`, and at length. */
export function sized(usual: number, atLength: number): number {
  return isAtLength ? atLength : usual;
}
