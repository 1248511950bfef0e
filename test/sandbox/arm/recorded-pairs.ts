import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ArmBody } from '../../../sandbox/arm/arm-body.ts';
import { isBody, text } from '../../../sandbox/arm/arm-body.ts';
import type { Pair } from './replay.ts';

/** One line of the recordings. */
export interface RecordedLine {
  readonly source: string;
  readonly seq?: number;
  readonly kind: string;
  readonly method?: string;
  readonly status?: number;
  readonly form?: string;
  readonly apiVersion: string | null;
  readonly path?: string;
  readonly request?: unknown;
  readonly body: ArmBody | null;
}

/** Where the recordings lie beside the project; undefined on a machine that has none. */
export function recordings(): string | undefined {
  const directory = join(import.meta.dirname, '../../../../shared/data/recorded');
  return existsSync(directory) ? directory : undefined;
}

export function readLines(directory: string, kind: string): readonly RecordedLine[] {
  return readFileSync(join(directory, `${kind}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordedLine);
}

const modelled =
  /\/providers\/Microsoft\.Storage\/storageAccounts\/[^/]+(\/blobServices\/default(\/containers\/[^/]+)?)?$/i;

/** Every recorded write and error of the modelled types, with the state before as far as it was recorded. */
export function recordedPairs(directory: string): readonly Pair[] {
  const writes = [...readLines(directory, 'writes'), ...readLines(directory, 'armErrors')].filter(
    ({ kind, path = '' }) => kind === 'recorded' && modelled.test(path),
  );
  const bodies = ['storageAccounts', 'blobContainers', 'blobServices', 'asyncOperations', 'writes'].flatMap(
    (kind) => readLines(directory, kind).filter((line) => line.kind === 'recorded' && isBody(line.body)),
  );
  return writes.map((line) => toPair(line, bodies));
}

function toPair(line: RecordedLine, bodies: readonly RecordedLine[]): Pair {
  const { seq = 0, path = '' } = line;
  const same = bodies.filter(
    ({ source, body }) =>
      source === line.source && text(body ?? {}, 'id').toLowerCase() === path.toLowerCase(),
  );
  const before = same
    .filter((other) => (other.seq ?? 0) < seq)
    .sort((a, b) => (b.seq ?? 0) - (a.seq ?? 0))[0];
  const finished = same.find((other) => (other.seq ?? 0) > seq && other.path?.includes('asyncoperations'));
  return {
    source: `${line.source}#${seq}`,
    method: line.method ?? '',
    path,
    apiVersion: line.apiVersion ?? '2023-05-01',
    request: isBody(line.request) ? line.request : null,
    status: line.status ?? 0,
    body: line.body,
    before: before?.body ?? null,
    ...(finished === undefined ? {} : { finished: finished.body }),
  };
}
