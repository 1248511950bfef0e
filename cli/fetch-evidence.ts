import { CheckpointPage, PublicKeyAnswer } from '../shared/api/schemas.ts';
import { RemediationError } from '../shared/errors.ts';
import { parsed } from '../shared/ledger/checkpoints/parsed.ts';
import { type Checkpoint, checkpointName, parseCheckpoint } from '../shared/ledger/format/checkpoint.ts';
import { sha256 } from '../shared/ledger/format/json.ts';
import { segmentName } from '../shared/ledger/format/segment.ts';
import { mapBounded } from '../shared/ledger/verify/map-bounded.ts';
import { type ApiClient, ApiRefusal } from './api.ts';
import type { EvidenceFolder } from './evidence-folder.ts';

/** Segments and keys that checkpoints name. */
interface Named {
  readonly count: number;
  readonly segments: readonly Checkpoint['segments'][number][];
  readonly keyIds: readonly string[];
  /** One sentence for each fault. The verifier judges it. */
  readonly faults: readonly string[];
}

/** Most pages that are read. Checkpoints of a hundred years need fewer. */
const mostPages = 250_000;
const atOnce = 4;

/** Fetches all checkpoints, unchanged. A malformed file among them is evidence too, and is written as it is. */
export async function fetchCheckpoints(
  api: ApiClient,
  folder: EvidenceFolder,
  signal: AbortSignal,
): Promise<Named> {
  const segments: Checkpoint['segments'][number][] = [];
  const keyIds = new Set<string>();
  const faults: string[] = [];
  let count = 0;
  let from = 1;
  for (let page = 0; page < mostPages; page += 1) {
    signal.throwIfAborted();
    const answer = await api.get('download the checkpoints', `/api/checkpoints?from=${from}`, CheckpointPage);
    for (const { number, text } of answer.checkpoints) {
      if (number < from || !Number.isSafeInteger(number)) {
        throw new RemediationError(
          'malformed-input',
          `Cannot download the checkpoints: ${number} comes behind ${from}`,
        );
      }
      await folder.write(checkpointName(number), text);
      count += 1;
      from = number + 1;
      const checkpoint = parsed(() => parseCheckpoint(text));
      if (checkpoint === undefined) {
        faults.push(`"${checkpointName(number)}" is not of the format of a checkpoint.`);
      } else {
        segments.push(...checkpoint.segments);
        keyIds.add(checkpoint.signature.keyId);
      }
    }
    if (answer.next === undefined) {
      return { count, segments, keyIds: [...keyIds], faults };
    }
    if (answer.next < from) {
      throw new RemediationError(
        'malformed-input',
        'Cannot download the checkpoints: the pages go round in a circle',
      );
    }
    from = answer.next;
  }
  throw new RemediationError('malformed-input', 'Cannot download the checkpoints: there is no end of them');
}

/**
 * Fetches the segments that checkpoints name. A segment from an earlier attempt, correct to the byte, is not fetched again.
 */
export async function fetchSegments(
  segments: Named['segments'],
  api: ApiClient,
  folder: EvidenceFolder,
  signal: AbortSignal,
): Promise<{ readonly count: number; readonly faults: readonly string[] }> {
  const faults: string[] = [];
  const written = await mapBounded(segments, atOnce, async ({ chain, from, to, sha256: hash }) => {
    signal.throwIfAborted();
    // The name is built from parsed parts: a path in a checkpoint is never followed.
    const name = segmentName(chain, from, to);
    const known = await folder.read(name);
    if (known !== undefined && sha256(known) === hash) {
      folder.keep(name);
      return true;
    }
    const text = await unlessNotFound(() =>
      api.text(`download "${name}"`, `/api/segments/${chain}/${from}/${to}`),
    );
    if (text === undefined) {
      faults.push(`"${name}", which a checkpoint names, is not there.`);
      return false;
    }
    if (sha256(text) !== hash) {
      faults.push(`"${name}" is not what its checkpoint says.`);
    }
    await folder.write(name, text);
    return true;
  });
  return { count: written.filter(Boolean).length, faults };
}

/** Fetches the public keys that checkpoints were signed with, one file each. */
export async function fetchKeys(
  keyIds: readonly string[],
  api: ApiClient,
  folder: EvidenceFolder,
  signal: AbortSignal,
): Promise<{ readonly files: readonly string[]; readonly faults: readonly string[] }> {
  const files: string[] = [];
  const faults: string[] = [];
  for (const id of keyIds) {
    signal.throwIfAborted();
    const path = `/api/checkpoint-key?id=${encodeURIComponent(id)}`;
    const answer = await unlessNotFound(() => api.get('download the public key', path, PublicKeyAnswer));
    if (answer === undefined) {
      faults.push(`A checkpoint names the key "${id}", which is none of the service.`);
      continue;
    }
    const version = id.split('/').at(-1) ?? '';
    const name = `public-keys/${/^[0-9a-f]{32}$/.test(version) ? version : sha256(id).slice(0, 32)}.pem`;
    await folder.write(name, answer.pem);
    files.push(name);
  }
  return { files, faults };
}

async function unlessNotFound<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApiRefusal && error.problem.code === 'not-found') {
      return undefined;
    }
    throw error;
  }
}
