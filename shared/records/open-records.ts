import type { StorageCredential } from '../azure/clients.ts';
import type { Clock } from '../clock.ts';
import { checkpointContainer, openWriteOnceFiles } from '../ledger/write-once-files.ts';
import type { WriteOnceFiles } from '../ledger/write-once-files.ts';
import type { ChainSource } from '../ledger/checkpoints/checked-entry.ts';
import { haltingLedger, type Halts, openHalts } from '../ledger/checkpoints/halts.ts';
import { openSealing, type SealingParts } from '../ledger/checkpoints/sealing.ts';
import { openBodyBlobs } from '../ledger/body-blobs.ts';
import type { ErasableBodies } from '../ledger/erase-body.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { openLedger } from '../ledger/open-ledger.ts';
import {
  blobClientOptions,
  bodyContainer,
  dataKeyContainer,
  ledgerTable,
  policyContainer,
  switchContainer,
  tableClientOptions,
  workTable,
} from '../ledger/storage-clients.ts';
import {
  type KillSwitch,
  killSwitchFile,
  mostBytesOfKillSwitch,
  openKillSwitch,
} from '../policy/kill-switch.ts';
import type { StorageTable } from '../ledger/table.ts';
import { type NameStore, openNameStore } from '../work/name-store.ts';
import type { NoticeStore } from '../work/notice-store.ts';
import { openNoticeStore } from '../work/notice-store.ts';
import { openWorkStore } from '../work/open-work-store.ts';
import type { SweepStore } from '../work/sweep-store.ts';
import { openSwitchFile, type SwitchFile } from '../work/switch-file.ts';
import { openSweepStore } from '../work/sweep-store.ts';
import type { UnreadableEventStore } from '../work/unreadable-events.ts';
import { openUnreadableEventStore } from '../work/unreadable-events.ts';
import type { WorkStore } from '../work/work.ts';
import type { WorkSettings } from '../work/work-rules.ts';

/** Everything that Leakstop keeps in its own storage account. */
export interface Records {
  /** Takes no change while {@link Records.halts} says that changes are stopped. */
  readonly ledger: Ledger;
  readonly work: WorkStore;
  /** The sweep that is under way. */
  readonly sweeps: SweepStore;
  /** The notices that people are to get. */
  readonly notices: NoticeStore;
  /** The display names of subscriptions. */
  readonly names: NameStore;
  /** The count of events that could not be read. */
  readonly unreadableEvents: UnreadableEventStore;
  readonly halts: Halts;
  /** The policy document, and the texts of earlier ones. */
  readonly policyFiles: WriteOnceFiles;
  /** The blob of the kill switch, for turning it. */
  readonly switchFile: SwitchFile;
  /** The raw switch; wrap it with `watchedKillSwitch` to record its turns. */
  readonly killSwitch: KillSwitch;
  /** The material that checkpoints are made from. */
  readonly evidence: ChainSource & { readonly bodies: ErasableBodies; readonly files: WriteOnceFiles };
}

/** With these the ledger seals what it writes, and believes no other heads. Only an app that carries out changes has them. */
export type Seals = Pick<SealingParts, 'sealer' | 'publicKeyOf' | 'logger'>;

/** Opens the ledger, the work rows and the container of the checkpoints. */
export async function openRecords(
  storage: { readonly tables: string; readonly blobs: string },
  credential: StorageCredential,
  clock: Clock,
  settings: Partial<WorkSettings> = { paceInMs: 1_000 },
  seals?: Seals,
): Promise<Records> {
  const [{ TableClient }, { ContainerClient }, identity] = await Promise.all([
    import('@azure/data-tables'),
    import('@azure/storage-blob'),
    credential(),
  ]);
  const table = (name: string): StorageTable =>
    new TableClient(storage.tables, name, identity, tableClientOptions());
  const container = (name: string): InstanceType<typeof ContainerClient> =>
    new ContainerClient(`${storage.blobs}/${name}`, identity, blobClientOptions());
  const rows = table(ledgerTable);
  const workRows = table(workTable);
  const bodies = openBodyBlobs(container(bodyContainer));
  const files = openWriteOnceFiles(container(checkpointContainer));
  const policyFiles = openWriteOnceFiles(container(policyContainer));
  const ofSwitch = container(switchContainer);
  const switchFiles = openWriteOnceFiles(ofSwitch);
  const halts = openHalts(files, clock);
  const sealing = seals && openSealing({ ...seals, files, halts });
  return {
    ledger: haltingLedger(openLedger({ table: rows, bodies, clock, sealing }), halts),
    halts,
    policyFiles,
    switchFile: openSwitchFile(ofSwitch.getBlockBlobClient(killSwitchFile)),
    killSwitch: openKillSwitch(() => switchFiles.read(killSwitchFile, mostBytesOfKillSwitch), clock),
    evidence: { table: rows, bodies, files },
    work: openWorkStore({ table: workRows, clock, settings }),
    sweeps: openSweepStore(workRows, clock),
    notices: openNoticeStore(workRows, clock),
    names: openNameStore(workRows),
    unreadableEvents: openUnreadableEventStore(workRows, clock),
  };
}

/** The container of the wrapped data keys. */
export async function openDataKeyFiles(
  storage: { readonly blobs: string },
  credential: StorageCredential,
): Promise<WriteOnceFiles> {
  const [{ ContainerClient }, identity] = await Promise.all([import('@azure/storage-blob'), credential()]);
  return openWriteOnceFiles(
    new ContainerClient(`${storage.blobs}/${dataKeyContainer}`, identity, blobClientOptions()),
  );
}
