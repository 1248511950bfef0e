import { isCaseEntryKind } from '../../ledger/format/links.ts';
import { payloadOf, type PayloadRead, readPayload } from '../../ledger/format/read-payload.ts';
import type { CaseEntryKind } from '../../ledger/format/states.ts';
import { capitalised } from '../capital.ts';
import { wordFor } from '../known-word.ts';
import { stateWords } from '../state.ts';
import {
  tellClosed,
  tellEscalated,
  tellFailed,
  tellHeld,
  tellObserved,
  tellOpened,
  tellReconsidered,
  tellStuck,
} from './tell-case.ts';
import { tellApplied, tellIntended, tellWithdrawn, writtenBy } from './tell-change.ts';
import { tellDecided, tellRecorded, tellRequested, tellVoided } from './tell-decision.ts';
import type { StoryEntry, Told } from './told.ts';

/** `written`: the properties that the last intent of the story writes. */
type Teller<K extends CaseEntryKind> = (
  payload: PayloadRead<K>,
  entry: StoryEntry,
  written: readonly string[],
) => Told;

const tellers: { readonly [K in CaseEntryKind]: Teller<K> } = {
  'case-opened': tellOpened,
  'case-observed': tellObserved,
  'case-reconsidered': tellReconsidered,
  'case-escalated': tellEscalated,
  'case-decided': tellDecided,
  'case-held': tellHeld,
  'decision-requested': tellRequested,
  'decision-recorded': tellRecorded,
  'decision-voided': tellVoided,
  'change-intended': tellIntended,
  'step-applied': () => ({ title: 'One step was made', more: [] }),
  'change-waiting': () => ({ title: stateWords.waiting, more: [] }),
  'change-resumed': () => ({ title: 'The change went on', more: [] }),
  'change-withdrawn': tellWithdrawn,
  'change-applied': (payload, _entry, written) => tellApplied(payload, written),
  'change-verified': () => ({
    title: 'Read again: the resource is as it should be',
    more: [],
    tone: 'done',
  }),
  'case-stuck': tellStuck,
  'case-failed': tellFailed,
  'case-closed': tellClosed,
};

/** The entries of a story, each with its words. Never throws, whatever an entry holds. */
export function tellAll<T extends StoryEntry>(
  entries: readonly T[],
): readonly (T & { readonly told: Told })[] {
  let written: readonly string[] = [];
  return entries.map((entry) => {
    const intent = payloadOf('change-intended', entry.kind, entry.payload);
    written = intent === undefined ? written : writtenBy(intent);
    return { ...entry, told: tell(entry, written) };
  });
}

function tell(entry: StoryEntry, written: readonly string[]): Told {
  const { kind, payload } = entry;
  const spelled = capitalised(wordFor({}, kind));
  if (payload === undefined) {
    return { title: spelled, more: ['What it said was erased, or cannot be read.'] };
  }
  const read = readPayload(kind, payload);
  if (read.is === 'unknown-kind') {
    return { title: spelled, more: ['This version does not know entries of this kind.'] };
  }
  if (read.is === 'unreadable') {
    return { title: spelled, more: ['What it says is not what entries of this kind say.'] };
  }
  // The payload has this kind: the schema of the kind has read it.
  return isCaseEntryKind(read.kind)
    ? tellers[read.kind](read.payload as never, entry, written)
    : { title: spelled, more: [] };
}
