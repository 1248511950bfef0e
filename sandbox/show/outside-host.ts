import { relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Cloud } from '../cloud.ts';
import type { Screen } from './screen.ts';

/** A functions host that somebody else runs. */
export interface OutsideHost {
  /** Its address, with a query that goes with every call. */
  readonly url: string;
  /** Directory of the built app. */
  readonly appDirectory: string;
  /** File with the settings of the worker. */
  readonly settings: string;
}

const askAgainMs = 1_000;

/** Says how to start a host against this sandbox. */
export function showOutsideHost(screen: Screen, { url, appDirectory, settings }: OutsideHost): void {
  const { chalk } = screen;
  const here = (path: string) => relative(process.cwd(), path);
  screen.print(`\n${chalk.bold('The functions host is yours to run')}`);
  screen.beside(
    '',
    `Nothing listens for events until a host answers at ${url}. In another shell, in the project's folder:`,
  );
  screen.print();
  screen.print(chalk.cyan(`set -a; . ${here(settings)}; set +a`));
  screen.print(chalk.cyan(`cd ${here(appDirectory)} && func start`));
  screen.print();
  screen.beside(
    '',
    `The settings of the web app are in ${here(settings.replace(/worker\.env$/, 'web.env'))}; ${chalk.dim('it is at its address only where it is served there, over TLS.')}`,
  );
}

/** Address of the webhook of the function that takes events. */
export function webhookOf(url: string): string {
  const webhook = new URL(url);
  webhook.pathname = `${webhook.pathname.replace(/\/$/, '')}/runtime/webhooks/EventGrid`;
  webhook.searchParams.set('functionName', 'receive-resource-event');
  return webhook.href;
}

/** Waits for a host and delivers events to it. @throws Error when `signal` ends the wait */
export async function awaitOutsideHost(cloud: Cloud, url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await cloud.subscribe(webhookOf(url));
      return;
    } catch {
      // Nobody answers yet, or the app is not loaded.
      await wait(askAgainMs, undefined, { signal });
    }
  }
}
