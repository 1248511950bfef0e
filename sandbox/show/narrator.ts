import type { Happening } from '../story/activity.ts';
import { shortName } from '../story/resource-names.ts';
import type { Scene } from '../story/scene.ts';
import type { SceneResult } from '../story/play.ts';
import { callsSince, hasCard, needsCard } from '../story/judge.ts';
import type { Line } from './line.ts';
import { describeEntries } from './describe-entries.ts';
import { seconds } from './durations.ts';
import type { Dictionary } from './payload-words.ts';
import { plain } from '../plain.ts';
import type { Screen } from './screen.ts';

type Write = Extract<Happening, { kind: 'write' }>;

/** Tells what happens, line by line; times count from the write that began it. */
export class Narrator {
  readonly #screen: Screen;
  readonly #words: Dictionary;
  /** When the last write by a person to an account took effect. */
  readonly #begun = new Map<string, Date>();

  constructor(screen: Screen, words: Dictionary) {
    this.#screen = screen;
    this.#words = words;
  }

  scene({ title, point }: Scene, number: number, count: number): void {
    const { chalk } = this.#screen;
    this.#screen.print();
    this.#screen.beside(` ${chalk.bold(`${number}/${count}`.padStart(5))}  `, chalk.bold(title));
    this.#screen.beside(' '.repeat(8), chalk.dim(point));
  }

  /** The end of a scene, with what it cost. */
  result({ evidence, closedMs, repeats }: SceneResult): void {
    const { chalk } = this.#screen;
    const { reads, writes } = callsSince(evidence);
    if (needsCard(evidence) && hasCard(evidence)) {
      this.#screen.beside(
        `${' '.repeat(10)}${chalk.yellow('tells'.padEnd(9))} `,
        'A card in the Teams channel asks for a decision',
      );
    }
    const parts = [
      ...(closedMs === undefined ? ['Nothing was changed'] : [`Closed ${seconds(closedMs)} after the write`]),
      `${plural(reads, 'read')} and ${plural(writes, 'write')} by Leakstop`,
      ...(repeats === 0
        ? []
        : [`${plural(repeats, 'repeated delivery', 'repeated deliveries')} that cost no call`]),
    ];
    this.#screen.beside(' '.repeat(8), chalk.dim(`${parts.join(', ')}.`));
  }

  tell(batch: readonly Happening[]): void {
    let rest = batch;
    while (rest.length > 0) {
      const together = runOfEntries(rest);
      const [first] = together;
      if (first === undefined) {
        rest.slice(0, 1).forEach((happening) => this.#tellOf(happening));
        rest = rest.slice(1);
      } else {
        const entries = together.map(({ entry }) => entry);
        describeEntries(entries, this.#words).forEach((line) => this.#line(first, line));
        rest = rest.slice(together.length);
      }
    }
  }

  #tellOf(happening: Happening): void {
    if (happening.kind === 'trouble') {
      this.#line(happening, describeTrouble(happening));
    } else if (happening.kind === 'entry') {
      return;
    } else if (!happening.isOwn) {
      this.#begin(happening);
    } else if (happening.operation.outcome === 'Success') {
      const { changes, operation } = happening;
      const name = shortName(operation.resourceId);
      this.#line(
        happening,
        changes.length === 0
          ? { verb: 'wrote', tone: 'plain', text: `What was there already on ${name}: nothing changed` }
          : { verb: 'changed', tone: 'plain', text: changes.join(', ') },
      );
    }
  }

  #begin(write: Write): void {
    const { chalk } = this.#screen;
    this.#begun.set(write.root, write.time);
    const clock = chalk.magenta(write.time.toTimeString().slice(0, 8));
    this.#screen.beside(
      `${clock}  ${chalk.magenta('wrote'.padEnd(9))} `,
      `${chalk.bold(plain(write.who))} ${plain(describeWrite(write))}`,
    );
  }

  #line({ root, time }: Happening, { verb, text, tone }: Line): void {
    const { chalk } = this.#screen;
    const colour = {
      bad: chalk.red,
      good: chalk.green,
      waits: chalk.yellow,
      plain: chalk.cyan,
      quiet: chalk.dim,
    };
    const begun = this.#begun.get(root);
    const lead =
      begun === undefined ? time.toTimeString().slice(0, 8) : `+${seconds(time.getTime() - begun.getTime())}`;
    this.#screen.beside(`${chalk.dim(lead.padStart(8))}  ${colour[tone](verb.padEnd(9))} `, plain(text));
  }
}

type Entry = Extract<Happening, { kind: 'entry' }>;

/** The entries at the beginning that stand side by side and concern one account. */
function runOfEntries(batch: readonly Happening[]): readonly Entry[] {
  const run: Entry[] = [];
  for (const happening of batch) {
    if (happening.kind !== 'entry' || happening.root !== (run[0] ?? happening).root) {
      break;
    }
    run.push(happening);
  }
  return run;
}

function describeWrite({ operation, changes }: Write): string {
  const { kind, outcome, existed, resourceId, operationName } = operation;
  const name = shortName(resourceId);
  if (outcome !== 'Success') {
    return `is refused: ${operationName} on ${name}`;
  }
  if (kind === 'write') {
    return existed
      ? `on ${name}: ${changes.length === 0 ? 'nothing new' : changes.join(', ')}`
      : `creates ${name}`;
  }
  if (kind === 'delete') {
    return `deletes ${name}`;
  }
  const action = operationName.split('/').at(-2) ?? operationName;
  return `calls ${action} of ${name}${changes.length === 0 ? '' : `: ${changes.join(', ')}`}`;
}

function describeTrouble({ call }: Extract<Happening, { kind: 'trouble' }>): Line {
  const what = call.method === 'GET' ? 'a read' : 'a write';
  return call.status === 0
    ? {
        verb: 'no reply',
        tone: 'waits',
        text: `The connection broke: Leakstop has no answer to ${what}. The work comes back later`,
      }
    : {
        verb: 'refused',
        tone: 'waits',
        text: `Azure answers ${call.status} to ${what} of Leakstop${call.status === 429 || call.status >= 500 ? '. The work comes back later' : ''}`,
      };
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
