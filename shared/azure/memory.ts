import type { Clock } from '../clock.ts';

/** Remembers answers for a time, by key. Concurrent callers share one question. */
export interface Memory<T> {
  /** @param since an answer to an older question does not count */
  get(key: string, ask: () => Promise<T>, since?: Date): Promise<T>;
  /** Age of the answer; 0 if there is none. */
  ageInMs(key: string): number;
  forget(key: string): void;
}

/** Most keys that are remembered; the oldest gives way. */
const mostKeys = 1_000;

export function memory<T>(clock: Clock, forMs: number): Memory<T> {
  const answers = new Map<string, { readonly at: number; readonly answer: Promise<T> }>();
  return {
    get: (key, ask, since) => {
      const now = clock.now().getTime();
      const known = answers.get(key);
      if (known !== undefined && now - known.at < forMs && known.at >= (since?.getTime() ?? 0)) {
        return known.answer;
      }
      const entry = { at: now, answer: ask() };
      answers.delete(key);
      answers.set(key, entry);
      const [oldest] = answers.keys();
      if (answers.size > mostKeys && oldest !== undefined) {
        answers.delete(oldest);
      }
      // A failure answers only the callers that share it.
      entry.answer.catch(() => {
        if (answers.get(key) === entry) {
          answers.delete(key);
        }
      });
      return entry.answer;
    },
    ageInMs: (key) => clock.now().getTime() - (answers.get(key)?.at ?? clock.now().getTime()),
    forget: (key) => void answers.delete(key),
  };
}
