import { duration, median, percentile, print } from './figures.ts';
import type { Sample } from './scenario.ts';
import {
  sampleDrift,
  sampleDuplicates,
  sampleEcho,
  sampleInSync,
  sampleThreeDrifts,
  startWithBudgetLatency,
} from './scenario.ts';

const budgetMs = 1_500;

/** Measures the time from event to closure, one drift at a time. */
export async function benchClosure(count = 40): Promise<void> {
  const deployed = await startWithBudgetLatency(count + 1);
  try {
    await sampleDrift(deployed, deployed.nextAccount());
    const times: number[] = [];
    for (let sample = 0; sample < count; sample += 1) {
      times.push((await sampleDrift(deployed, deployed.nextAccount())).closedInMs ?? 0);
    }
    print(
      ['Event to closure, idle', 'samples', 'median', 'p95', 'slowest', 'of budget'],
      [
        [
          'reads 100 ms, writes 300 ms',
          times.length,
          duration(median(times)),
          duration(percentile(times, 0.95)),
          duration(Math.max(...times)),
          `${Math.round((100 * median(times)) / budgetMs)} %`,
        ],
      ],
    );
  } finally {
    await deployed.stop();
  }
}

/** Measures calls and time of each scenario. */
export async function benchScenarios(count = 10): Promise<void> {
  const kinds = {
    'in sync': sampleInSync,
    'one drift': sampleDrift,
    'three drifts on one account': sampleThreeDrifts,
    'one drift, each event ten times': sampleDuplicates,
    'echo of our own write': sampleEcho,
  };
  const deployed = await startWithBudgetLatency(Object.keys(kinds).length * count + 1);
  try {
    await sampleDrift(deployed, deployed.nextAccount());
    const rows: (string | number)[][] = [];
    for (const [name, sample] of Object.entries(kinds)) {
      const samples: Sample[] = [];
      for (let index = 0; index < count; index += 1) {
        samples.push(await sample(deployed, deployed.nextAccount()));
      }
      rows.push(rowOf(name, samples));
    }
    print(['Scenario', 'samples', 'reads', 'writes', 'median', 'p95'], rows);
  } finally {
    await deployed.stop();
  }
}

function rowOf(name: string, samples: readonly Sample[]): (string | number)[] {
  const times = samples.map(({ closedInMs }) => closedInMs).filter((time) => time !== undefined);
  const range = (values: readonly number[]): string => {
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return least === most ? String(least) : `${least}-${most}`;
  };
  return [
    name,
    samples.length,
    range(samples.map(({ reads }) => reads)),
    range(samples.map(({ writes }) => writes)),
    times.length === 0 ? '' : duration(median(times)),
    times.length === 0 ? '' : duration(percentile(times, 0.95)),
  ];
}
