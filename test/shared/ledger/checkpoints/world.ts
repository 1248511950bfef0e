import type { KeyObject } from 'node:crypto';
import { expect } from 'vitest';
import type {
  CheckpointMemory,
  CheckpointParts,
  CheckpointRun,
} from '../../../../shared/ledger/checkpoints/write-checkpoint.ts';
import { writeCheckpoint } from '../../../../shared/ledger/checkpoints/write-checkpoint.ts';
import {
  type Checkpoint,
  checkpointFault,
  checkpointName,
  parseCheckpoint,
} from '../../../../shared/ledger/format/checkpoint.ts';
import { timestamp } from '../../../../shared/clock.ts';
import { genesis, makeEntry } from '../../../../shared/ledger/format/entry.ts';
import { sha256 } from '../../../../shared/ledger/format/json.ts';
import { isSignedBy } from '../../../../shared/ledger/format/signature.ts';
import { readSegment } from '../../../../shared/ledger/checkpoints/segment-text.ts';
import { openLedger } from '../../../../shared/ledger/open-ledger.ts';
import type { Ledger } from '../../../../shared/ledger/ledger.ts';
import { entryRow, parseHead } from '../../../../shared/ledger/rows.ts';
import type { NewRow, Row } from '../../../../shared/ledger/table.ts';
import { localKey } from '../../../support/local-key.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryFiles } from '../../../support/memory-files.ts';
import { MemoryTable } from '../../../support/memory-table.ts';

/** A ledger in memory with the files of its checkpoints. */
export class World {
  readonly memory = new MemoryTable();
  readonly table = this.memory.client();
  readonly texts = new Map<string, string>();
  readonly files = new MemoryFiles();
  readonly clock = new ManualClock();
  readonly key = localKey();
  readonly bodies = {
    putBody: (hash: string, text: string) => Promise.resolve(void this.texts.set(hash, text)),
    getBody: (hash: string) => Promise.resolve(this.texts.get(hash)),
    deleteBody: (hash: string) => Promise.resolve(void this.texts.delete(hash)),
  };
  readonly ledger: Ledger = openLedger({ table: this.table, bodies: this.bodies, clock: this.clock });

  parts(change: Partial<CheckpointParts> = {}): CheckpointParts {
    const { table, bodies, clock, key } = this;
    return { table, bodies, clock, key, files: this.files.client(), ...change };
  }

  /** As a process that has just begun, or as one that remembers. */
  run(change: Partial<CheckpointParts> = {}, memory?: CheckpointMemory): Promise<CheckpointRun> {
    return writeCheckpoint(this.parts(change), memory);
  }

  /** Appends an entry that belongs to no case. */
  async note(chain: string, text = 'something'): Promise<void> {
    const payload = { text };
    await this.ledger.append({ chain, entries: [{ kind: 'signal-received', body: { payload } }], cases: [] });
  }

  row(chain: string, rowKey: string): Promise<Row> {
    return this.table.getEntity(chain, rowKey);
  }

  /** What somebody does who may write the table. */
  async tamper(chain: string, rowKey: string, change: (row: NewRow) => NewRow | undefined): Promise<void> {
    const { etag = '', ...row } = await this.row(chain, rowKey);
    const changed = change(row as NewRow);
    await (changed
      ? this.table.updateEntity(changed, 'Replace', { etag })
      : this.table.deleteEntity(chain, rowKey, { etag }));
  }

  /** Puts an entry into the table that no writer of ours made, well linked and with its head. */
  async plant(chain: string, kind: string, caseId: string | null, bodyText: string): Promise<void> {
    const head = parseHead(await this.row(chain, 'head'));
    const time = timestamp(this.clock);
    const entry = makeEntry(head, { time, kind, case: caseId, bodyHash: sha256(bodyText) });
    await this.table.createEntity(entryRow(entry, bodyText));
    await this.tamper(chain, 'head', (row) => ({ ...row, sequence: head.sequence + 1, hash: entry.hash }));
  }

  checkpointCount(): number {
    return this.files.names('checkpoints/').length;
  }

  checkpoints(): Checkpoint[] {
    return this.files.names('checkpoints/').map((name) => parseCheckpoint(this.files.texts.get(name) ?? ''));
  }

  /** Every checkpoint follows the one before, is signed, and its segments are what it says. */
  judge(keys: readonly KeyObject[] = [this.key.material]): void {
    let previous: Checkpoint | undefined;
    for (const checkpoint of this.checkpoints()) {
      expect(this.files.texts.has(checkpointName(checkpoint.number))).toBe(true);
      expect(checkpointFault(previous, checkpoint)).toBeUndefined();
      expect(isSignedBy(checkpoint, keys)).toBe(true);
      for (const { chain, from, name, sha256: hash } of checkpoint.segments) {
        const text = this.files.texts.get(name) ?? '';
        expect(sha256(text)).toBe(hash);
        const earlier = checkpoint.segments.find((each) => each.chain === chain && each.to === from - 1);
        const last = checkpoint.chains.find((each) => each.chain === chain)!;
        if (!earlier && checkpoint.segments.filter((each) => each.chain === chain).length === 1) {
          const start = previous?.chains.find((each) => each.chain === chain) ?? genesis(chain);
          expect([...readSegment(text, start, last.sequence)]).toHaveLength(last.sequence - start.sequence);
        }
      }
      previous = checkpoint;
    }
  }
}
