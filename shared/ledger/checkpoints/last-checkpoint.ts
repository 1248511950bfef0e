import type { KeyObject } from 'node:crypto';
import { type Checkpoint, checkpointName, parseCheckpoint } from '../format/checkpoint.ts';
import { isSignedBy } from '../format/signature.ts';
import type { WriteOnceFiles } from '../write-once-files.ts';
import type { Contradiction } from './contradiction.ts';
import { parsed } from './parsed.ts';

/** Finds the public key of a signature's key id; undefined if the key is not ours. */
export type PublicKeyOf = (keyId: string) => Promise<KeyObject | undefined>;

/** The newest checkpoint, as `readLastCheckpoint` found it. */
export type LastCheckpoint =
  | { readonly checkpoint: Checkpoint | undefined; readonly contradiction?: undefined }
  | { readonly contradiction: Contradiction; readonly checkpoint?: undefined };

/**
 * The newest checkpoint, if our key signed it. `known` is the number of a checkpoint that this process has seen: the
 * container only grows, so the numbers up to `known` are not listed again.
 */
export async function readLastCheckpoint(
  files: WriteOnceFiles,
  publicKeyOf: PublicKeyOf,
  known: number | undefined,
): Promise<LastCheckpoint> {
  const hasGrown = known === undefined || (await files.read(checkpointName(known + 1))) !== undefined;
  const number = hasGrown ? await highestNumber(files) : known;
  if (number === 0 && known === undefined) {
    return { checkpoint: undefined };
  }
  const checkpoint = await readGenuine(files, publicKeyOf, number);
  return checkpoint ? { checkpoint } : { contradiction: { kind: 'checkpoint-altered', at: number } };
}

/** The checkpoint of that number, if the file is one and our key signed it. */
async function readGenuine(
  files: WriteOnceFiles,
  publicKeyOf: PublicKeyOf,
  number: number,
): Promise<Checkpoint | undefined> {
  const text = await files.read(checkpointName(number));
  const checkpoint = text === undefined ? undefined : parsed(() => parseCheckpoint(text));
  if (checkpoint?.number !== number) {
    return undefined;
  }
  const key = await publicKeyOf(checkpoint.signature.keyId);
  return key && isSignedBy(checkpoint, [key]) ? checkpoint : undefined;
}

const namePattern = /^checkpoints\/(\d{10})\.json$/;

async function highestNumber(files: WriteOnceFiles): Promise<number> {
  let highest = 0;
  for await (const name of files.names('checkpoints/')) {
    highest = Math.max(highest, Number(namePattern.exec(name)?.[1] ?? 0));
  }
  return highest;
}
