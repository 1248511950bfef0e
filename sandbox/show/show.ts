import type { Cloud } from '../cloud.ts';
import { accountId } from '../estate/build-estate.ts';
import { estatePlan } from '../estate/estate-plan.ts';
import type { FunctionsHost } from '../host/start-host.ts';
import { Activity } from '../story/activity.ts';
import { CaseBook } from '../story/case-book.ts';
import { shortcomings, strays } from '../story/judge.ts';
import type { LedgerReader } from '../story/ledger-reader.ts';
import type { SceneResult } from '../story/play.ts';
import { play } from '../story/play.ts';
import { runFunction } from '../story/run-function.ts';
import type { Place } from '../story/scene.ts';
import { scenes } from '../story/scenes.ts';
import {
  buildApp,
  openCloud,
  openLedger,
  copyApp,
  hasPages,
  subscriptions,
  writeAppSettings,
} from '../story/set-up.ts';
import { takeBaseline } from '../story/take-baseline.ts';
import { countTotals } from '../story/totals.ts';
import { showByHand } from './by-hand.ts';
import { readControlTitles } from './control-titles.ts';
import { showEstate } from './estate-table.ts';
import { Narrator } from './narrator.ts';
import type { StartOptions } from './options.ts';
import { awaitOutsideHost, showOutsideHost } from './outside-host.ts';
import type { Screen } from './screen.ts';
import { Steps } from './steps.ts';
import { showSummary } from './summary.ts';

export interface ShowOptions {
  readonly screen: Screen;
  readonly repository: string;
  /** Where certificates, the running sandbox's addresses and the copy of the app lie. */
  readonly directory: string;
  readonly options: StartOptions;
}

/** Starts everything, plays the story and shows it. */
export class Show {
  readonly #options: ShowOptions;
  readonly #steps: Steps;
  readonly #ending = new AbortController();
  #cloud: Cloud | undefined;
  #web: FunctionsHost | undefined;
  #activity: Activity | undefined;
  #scene: string | undefined;
  #hostEnded: Promise<never> = Promise.withResolvers<never>().promise;
  #isOver = false;

  constructor(options: ShowOptions) {
    this.#options = options;
    this.#steps = new Steps(options.screen);
  }

  /** Whether the story has been played to its end. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get isStopping(): boolean {
    return this.#ending.signal.aborted;
  }

  /** What is going on now, in a few words. */
  get where(): string {
    return this.#scene ?? this.#steps.current;
  }

  /** Starts, plays, sums up; returns how many things are not as they should be. @throws Error in one line */
  async play(): Promise<number> {
    const { screen, repository, options } = this.#options;
    printHeader(screen);
    const titleOf = await readControlTitles(repository);
    if (options.noHosts) {
      await this.#prepareForOutsideHost(titleOf);
      return 0;
    }
    const { cloud, ledger, host } = await this.#start();
    showEstate(screen, estatePlan, await ledger.openCases());

    const book = new CaseBook();
    const { activity, narrator } = this.#narrate(cloud, ledger, titleOf);
    activity.onBatch((batch) => book.note(batch));
    await activity.start();
    screen.print(`\n${screen.chalk.bold('The story')}`);
    const story = play(
      {
        cloud,
        activity,
        book,
        titleOf,
        placeOf,
        signal: this.#ending.signal,
        sendCards: host.functions.includes('send-notices')
          ? () => runFunction(host, 'send-notices')
          : undefined,
        onScene: (scene, number) => {
          this.#scene = scene.title;
          narrator.scene(scene, number, scenes.length);
        },
        onEnd: (result) => narrator.result(result),
      },
      scenes,
    );
    const results = await Promise.race([story, activity.failed, this.#hostEnded]);
    this.#scene = 'the summary';
    const problems = await this.#sumUp(cloud, ledger, book, results, titleOf);
    this.#isOver = true;
    if (!options.once) {
      const settings = await writeAppSettings(cloud, this.#options.directory);
      const caseId = (await ledger.openCases())
        .filter(({ state, resource }) => state === 'awaiting-decision' && resource.includes('servingweights'))
        .map((waiting) => waiting.caseId)[0];
      const web = this.#web?.url;
      showByHand(screen, cloud, { place: placeOf('sweepresults'), settings, web, caseId });
    }
    return problems;
  }

  /** Goes on showing what happens. @throws Error when the host or the ledger is gone */
  async stayOpen(): Promise<never> {
    if (this.#cloud !== undefined && this.#options.options.noHosts) {
      await this.#useOutsideHost(this.#cloud);
    }
    return Promise.race([this.#hostEnded, ...(this.#activity === undefined ? [] : [this.#activity.failed])]);
  }

  /** Stops everything that was started. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#activity?.stop();
    await this.#cloud?.stop();
  }

  /** Tells of everything that happens, once the activity has been started. */
  #narrate(
    cloud: Cloud,
    ledger: LedgerReader,
    titleOf: (control: string) => string,
  ): { activity: Activity; narrator: Narrator } {
    const activity = new Activity(cloud, ledger);
    const narrator = new Narrator(this.#options.screen, {
      titleOf,
      nameOf: (objectId) => cloud.azure.principals.find(objectId)?.displayName,
    });
    activity.onBatch((batch) => narrator.tell(batch));
    this.#activity = activity;
    return { activity, narrator };
  }

  /** Everything but hosts: there is no story without them, and what happens is told. */
  async #prepareForOutsideHost(titleOf: (control: string) => string): Promise<void> {
    const { screen, directory, options } = this.#options;
    const { cloud, appDirectory } = await this.#startAzure();
    const settings = await writeAppSettings(cloud, directory);
    await this.#narrate(cloud, openLedger(cloud), titleOf).activity.start();
    showOutsideHost(screen, { url: options.host, appDirectory, settings });
    showByHand(screen, cloud, {
      place: placeOf('sweepresults'),
      settings,
      web: undefined,
      caseId: undefined,
    });
    this.#isOver = true;
  }

  async #useOutsideHost(cloud: Cloud): Promise<void> {
    const { screen, options } = this.#options;
    await this.#steps.run('Functions host', `events go to ${new URL(options.host).origin}`, () =>
      awaitOutsideHost(cloud, options.host, this.#ending.signal),
    );
    screen.beside(
      '',
      screen.chalk.dim('Its timer takes the baseline within a minute. What opens after that is witnessed.'),
    );
  }

  async #startAzure(): Promise<{ cloud: Cloud; appDirectory: string }> {
    const { repository, directory, options } = this.#options;
    const steps = this.#steps;
    if (!options.noBuild) {
      await steps.run('Build', 'the deployable app', () => buildApp(repository));
    }
    const cloud = await steps.run('Azure', 'Resource Manager, Event Grid, identities, storage', async () => {
      this.#cloud = await openCloud(repository, directory, options.withhold);
      return this.#cloud;
    });
    return { cloud, appDirectory: await copyApp(repository, directory) };
  }

  async #start(): Promise<{ cloud: Cloud; ledger: LedgerReader; host: FunctionsHost }> {
    const steps = this.#steps;
    const { cloud, appDirectory } = await this.#startAzure();
    const host = await steps.run('Functions host', 'the app in role worker', () =>
      cloud.startWorker({ appDirectory }),
    );
    if (await hasPages(appDirectory)) {
      this.#web = await steps.run('Functions host', 'the app in role web', () =>
        cloud.startWeb({ appDirectory }),
      );
    }
    const ledger = openLedger(cloud);
    await steps.run('Baseline', 'every subscription looked at, and in the ledger', () =>
      takeBaseline(host, ledger, subscriptions),
    );
    const hosts = [host, ...(this.#web === undefined ? [] : [this.#web])];
    this.#hostEnded = Promise.race(hosts.map(({ exited }) => exited)).then((code): never => {
      throw new Error(`A functions host ended with ${code ?? 'a signal'}`);
    });
    return { cloud, ledger, host };
  }

  async #sumUp(
    cloud: Cloud,
    ledger: LedgerReader,
    book: CaseBook,
    results: readonly SceneResult[],
    titleOf: (control: string) => string,
  ): Promise<number> {
    const totals = await countTotals(cloud, ledger, book, results);
    const problems = new Set([
      ...results.flatMap(({ evidence }) => shortcomings(evidence)),
      ...strays(await ledger.openCases(), titleOf),
      ...(totals.poisoned > 0 ? [`${totals.poisoned} messages are poisoned`] : []),
      ...(totals.deadLettered > 0 ? [`${totals.deadLettered} events were given up`] : []),
    ]);
    showSummary(this.#options.screen, results, totals, [...problems]);
    return problems.size;
  }
}

function printHeader(screen: Screen): void {
  const { chalk } = screen;
  screen.beside(
    '',
    chalk.bold('Leakstop closes leaks in Azure at the moment they open, and records all it does.'),
  );
  screen.beside(
    '',
    chalk.dim('Real functions and Azure SDKs, a simulated Azure: nothing leaves this machine.'),
  );
  screen.print();
}

/** Where an account of the estate is; one that is not planned is to be made where models are served. */
function placeOf(name: string): Place {
  for (const { id, accounts } of estatePlan) {
    const planned = accounts.find((account) => account.name === name);
    if (planned !== undefined) {
      return { id: accountId(id, planned), subscription: id, group: planned.group, name };
    }
  }
  const [subscription = ''] = estatePlan
    .filter(({ displayName }) => displayName === 'Model serving')
    .map(({ id }) => id);
  const planned = { name, group: 'rg-serving', recorded: '', containers: {} };
  return { id: accountId(subscription, planned), subscription, group: planned.group, name };
}
