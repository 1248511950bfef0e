import { type Header, parseBody } from '../../format/entry.ts';
import { readPayload } from '../../format/read-payload.ts';
import { SequenceSet } from './sequence-set.ts';

/**
 * Whether an entry says what its kind does not allow. A kind that this version does not know is no legal move, and a
 * finding of its own.
 */
export function isMisfit({ kind }: Header, bodyText: string): boolean {
  return readPayload(kind, parseBody(bodyText).payload).is === 'unreadable';
}

/** What a file says of a chain, as far as payloads are concerned. */
interface WithMisfits {
  readonly misfits: SequenceSet;
  readonly firstMisfit: number | undefined;
}

/** One notice for all such entries of a chain. It is no finding: the hashes vouch that this is what was written. */
export function misfitNotices(chain: string, reports: readonly WithMisfits[]): readonly string[] {
  const misfits = new SequenceSet();
  reports.forEach((report) => misfits.addAll(report.misfits));
  const [first] = reports.flatMap(({ firstMisfit }) => firstMisfit ?? []).sort((one, other) => one - other);
  return first === undefined
    ? []
    : [
        `chain "${chain}" has entries that say what their kind does not allow: ${misfits.size} (the first is entry ${first})`,
      ];
}
