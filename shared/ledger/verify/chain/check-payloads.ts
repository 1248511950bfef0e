import { type Header, parseBody } from '../../format/entry.ts';
import { readPayload } from '../../format/read-payload.ts';
import { SequenceSet } from './sequence-set.ts';

/**
 * True if an entry's payload is not allowed for its kind. A kind that this version does not know is no legal move, and a
 * finding of its own.
 */
export function isMisfit({ kind }: Header, bodyText: string): boolean {
  return readPayload(kind, parseBody(bodyText).payload).is === 'unreadable';
}

/** The part of a report that concerns payloads. */
interface WithMisfits {
  readonly misfits: SequenceSet;
  readonly firstMisfit: number | undefined;
}

/** One notice for all misfits of a chain. A misfit is no finding: the hashes vouch that the payload is what was written. */
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
