import type { PayloadRead } from '../../ledger/format/read-payload.ts';
import { lineText, stepLines } from '../step.ts';
import { alsoWrote } from './tell-case.ts';
import { labelled, type Told } from './told.ts';

/** Each property that a change writes, before and after. */
export function writtenBy({ change }: PayloadRead<'change-intended'>): readonly string[] {
  return (change?.steps ?? []).flatMap((step) => stepLines(step).map(lineText));
}

export function tellIntended(payload: PayloadRead<'change-intended'>): Told {
  return {
    title: 'The change was begun',
    more: [...writtenBy(payload), ...labelled('Request', payload.requestId)],
  };
}

/** `written`: the properties that the last intent of the story writes. */
export function tellApplied(payload: PayloadRead<'change-applied'>, written: readonly string[]): Told {
  return 'answer' in payload
    ? {
        title: 'The change was sent; what Azure answered is not known',
        more: [...written, ...labelled('Requests', payload.requestIds.join(', '))],
      }
    : {
        title: 'Azure took the change',
        more: [...written, ...labelled('Request', payload.requestId), ...alsoWrote(payload.otherWriters, '')],
      };
}

/** These words do not claim that the change had no effect: sometimes that is not known, and the next look sees it. */
export function tellWithdrawn({ reason }: PayloadRead<'change-withdrawn'>): Told {
  return {
    title: 'The change was given up, and the resource is looked at again',
    more: labelled('Why', reason),
  };
}
