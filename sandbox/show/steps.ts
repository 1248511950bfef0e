import { seconds } from './durations.ts';
import type { Screen } from './screen.ts';

/** What could not be done, in one line. */
export class StepError extends Error {}

/** Does the steps of a start one after the other, says what goes on and how long each took. */
export class Steps {
  readonly #screen: Screen;
  /** What is being done now, for whoever has to say where it hangs. */
  current = 'start';

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** @throws StepError that names the step and the reason in one line */
  async run<T>(what: string, detail: string, act: () => Promise<T>): Promise<T> {
    const { chalk } = this.#screen;
    const begun = performance.now();
    const elapsed = (): number => performance.now() - begun;
    this.current = what;
    const done = this.#screen.progress(
      () =>
        ` ${chalk.yellow('.....')}  ${what}: ${detail} ${chalk.dim(`(${Math.round(elapsed() / 1000)} s)`)}`,
    );
    try {
      const result = await act();
      done();
      this.#screen.beside(
        ` ${chalk.green('ready')}  `,
        `${what}: ${detail} ${chalk.dim(`(${seconds(elapsed())})`)}`,
      );
      return result;
    } catch (error) {
      done();
      const [reason = ''] = (error as Error).message.trim().split('\n');
      throw new StepError(`Cannot start: ${what} failed: ${reason}`, { cause: error });
    }
  }
}
