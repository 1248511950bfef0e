/**
 * Does work for each item, so many at a time. A failure is for `act` to deal with: one that it throws ends the rest.
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
    // Results of items that were begun count, also where the items end with an error.
    await Promise.allSettled(running);
  }
}
