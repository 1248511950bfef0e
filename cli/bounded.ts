/**
 * Calls `act` for each item, at most `most` at a time. `act` handles failures itself: an error that it throws ends the rest.
 */
export async function eachBounded<T>(
  items: AsyncIterable<T> | Iterable<T>,
  most: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  try {
    for await (const item of items) {
      const task = act(item).finally(() => running.delete(task));
      task.catch(() => undefined);
      running.add(task);
      if (running.size >= most) {
        await Promise.race(running);
      }
    }
    await Promise.all(running);
  } finally {
    // Items that were begun finish and count, even if the items end with an error.
    await Promise.allSettled(running);
  }
}
