import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plain } from './plain.ts';
import type { Screen } from './show/screen.ts';
import { openScreen } from './show/screen.ts';
import type { StartOptions } from './show/options.ts';
import { parseOptions, usage } from './show/options.ts';
import { Show } from './show/show.ts';

const repository = join(import.meta.dirname, '..');
const limitMs = 180_000;
const stopLimitMs = 10_000;

/** Runs the show and ends the process, with everything that it started. */
async function main(): Promise<void> {
  const screen = openScreen(process.stdout);
  const options = readOptions();
  const directory = options.once ? await mkdtemp(join(tmpdir(), 'leakstop-')) : join(repository, '.sandbox');
  const show = new Show({ screen, repository, directory, options });
  const interrupted = Promise.withResolvers<number>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      screen.print('\nStopping...');
      interrupted.resolve(show.isOver ? 0 : 130);
    });
  }
  const code = await Promise.race([runShow(show, screen, options), interrupted.promise]);
  // Whatever does not end by itself ends with this process: its children hold a channel to it.
  await Promise.race([show.stop(), sleep(stopLimitMs)]);
  if (options.once) {
    await rm(directory, { recursive: true, force: true });
  }
  process.exit(code);
}

async function runShow(show: Show, screen: Screen, { once }: StartOptions): Promise<number> {
  try {
    const problems = await Promise.race([show.play(), tooLate(show)]);
    if (!once) {
      await show.stayOpen();
    }
    return problems === 0 ? 0 : 1;
  } catch (error) {
    if (show.isStopping) {
      return 130;
    }
    screen.print();
    screen.beside('', screen.chalk.red((error as Error).message));
    return 1;
  }
}

async function tooLate(show: Show): Promise<never> {
  await sleep(limitMs);
  throw new Error(`Not done after ${limitMs / 60_000} minutes: stopped at "${show.where}"`);
}

function readOptions(): StartOptions {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options.help) {
      process.stdout.write(`${usage}\n`);
      process.exit(0);
    }
    return options;
  } catch (error) {
    process.stderr.write(`${plain((error as Error).message)}\n\n${usage}\n`);
    process.exit(2);
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}

await main();
