import { writeSync } from 'node:fs';
import { TableClient } from '@azure/data-tables';
import { systemClock } from '../../shared/clock.ts';
import { RemediationError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/ledger/format/json.ts';
import { caseKey } from '../../shared/ledger/format/keys.ts';
import type { Ledger, Unit } from '../../shared/ledger/ledger.ts';
import { openLedger } from '../../shared/ledger/open-ledger.ts';
import { tableClientOptions } from '../../shared/ledger/storage-clients.ts';
import { randomCaseUnit } from '../support/random-ledger.ts';
import { tokenOf } from '../sandbox/harness/token.ts';
import { anyEntry } from '../support/sample-payloads.ts';

/** What one process of the contention is told, as JSON in its first argument. */
export interface AppenderOptions {
  readonly name: string;
  readonly url: string;
  readonly table: string;
  readonly principal: string;
  readonly chains: readonly string[];
  readonly workers: number;
  /** Units of each worker. */
  readonly units: number;
  readonly timeoutInMs: number;
  /** Whether every unit opens a case of its own, unread: then only the chains are contended for. */
  readonly own: boolean;
  /** Told to begin by a line on its input, so that all processes begin together. */
  readonly waits: boolean;
}

/** One line of its output: before a unit is appended, and after. */
export type AppenderLine =
  | { readonly kind: 'ready' }
  | { readonly kind: 'sent'; readonly mark: string; readonly entries: number; readonly chain: string }
  | {
      readonly kind: 'told';
      readonly mark: string;
      /** What the ledger answered; `unknown` when it could not say. */
      readonly outcome: string;
      readonly sequences?: readonly number[];
      readonly message?: string;
    };

/** Written at once, so that nothing that was told is lost with the process. */
function say(line: AppenderLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

async function work(ledger: Ledger, options: AppenderOptions, worker: number): Promise<void> {
  const choose = () => Math.floor(Math.random() * 1_000);
  for (let count = 0; count < options.units; count += 1) {
    const mark = `${options.name}-${worker}-${count}`;
    const chain = options.chains[(worker + count) % options.chains.length] ?? '';
    let index = 0;
    const payload = () => ({ mark, index: (index += 1) });
    const unit = options.own
      ? ownUnit(chain, mark, payload)
      : await randomCaseUnit(ledger, chain, choose, payload, () => mark).catch(() => undefined);
    if (unit) {
      say({ kind: 'sent', mark, entries: unit.entries.length, chain });
      say({ kind: 'told', mark, ...(await outcomeOf(ledger, unit)) });
    }
  }
}

function ownUnit(chain: string, mark: string, payload: () => JsonObject): Unit {
  const key = caseKey(mark, mark, 'control');
  const kinds = ['case-opened', 'case-decided', 'case-held'] as const;
  return {
    chain,
    entries: kinds.map((kind) => anyEntry({ kind, key, caseId: mark, body: { payload: payload() } })),
    cases: [{ key, caseId: mark, expected: 'absent', data: {} }],
  };
}

async function outcomeOf(ledger: Ledger, unit: Parameters<Ledger['append']>[0]) {
  try {
    const commit = await ledger.append(unit);
    return {
      outcome: commit.kind,
      ...(commit.kind === 'committed' ? { sequences: commit.sequences } : {}),
    };
  } catch (error) {
    const code = error instanceof RemediationError ? error.code : 'none';
    const isRefused = code === 'internal-error' || code === 'none';
    return { outcome: isRefused ? 'refused' : 'unknown', message: (error as Error).message };
  }
}

const options = JSON.parse(process.argv[2] ?? '{}') as AppenderOptions;
const table = new TableClient(
  options.url,
  options.table,
  tokenOf(options.principal),
  tableClientOptions(options.timeoutInMs),
);
const bodies = { putBody: () => Promise.resolve(), getBody: () => Promise.resolve(undefined) };
const ledger = openLedger({ table, bodies, clock: systemClock });
if (options.waits) {
  say({ kind: 'ready' });
  await new Promise((resolve) => process.stdin.once('data', resolve));
}
await Promise.all(Array.from({ length: options.workers }, (_, worker) => work(ledger, options, worker)));
process.exit();
