import type { PayloadRead } from '../../ledger/format/read-payload.ts';
import { capitalised } from '../capital.ts';
import { voidedText } from '../became.ts';
import { askText } from '../hold.ts';
import { wordFor } from '../known-word.ts';
import { verdictWords } from '../verdict.ts';
import { voidText } from '../void.ts';
import { labelled, type StoryEntry, timed, type Told } from './told.ts';

/** The decision that the engine made by itself, or because people had decided. */
export function tellDecided(payload: PayloadRead<'case-decided'>): Told {
  const isUndo = payload.decision === 'undo';
  return {
    title: isUndo ? 'An undo was decided' : 'The change was decided',
    more: [
      ...(payload.approval === undefined ? [] : ['People approved it.']),
      ...(isUndo ? [] : labelled('Rule', payload.rule)),
    ],
  };
}

export function tellRequested(payload: PayloadRead<'decision-requested'>): Told {
  const { because, expires } = payload;
  return {
    title: 'People were asked to decide',
    more: [
      ...(because === undefined ? [] : [`Because: ${askText(because)}`]),
      ...timed('The question stands until', expires),
      ...('rule' in payload ? labelled('Rule', payload.rule) : []),
    ],
  };
}

const signatureWords = {
  genuine: 'genuine: the key of the web app made it',
  forged: 'NOT genuine: the decision counts for nothing',
  unknown: 'could not be checked now',
} as const;

export function tellRecorded(
  { decision }: PayloadRead<'decision-recorded'>,
  { signature }: StoryEntry,
): Told {
  const { verdict, by, reason, until } = decision;
  const untilLabel = verdict === 'approve' ? 'Holds until' : 'May stay open until';
  return {
    title: `${by.name} ${wordFor(verdictWords, verdict)}`,
    more: [
      ...labelled('Reason', reason),
      ...timed(untilLabel, until),
      ...(signature === undefined ? [] : [`Signature: ${signatureWords[signature]}`]),
    ],
    tone: signature === 'forged' ? 'trouble' : 'people',
  };
}

/** Decisions that no longer count. Each reason appears once. */
export function tellVoided({ decisions }: PayloadRead<'decision-voided'>): Told {
  const reasons = [...new Set(decisions.map(({ because }) => because))];
  return {
    title: voidedText,
    more: reasons.map((because) => `${capitalised(voidText(because))}.`),
    tone: 'trouble',
  };
}
