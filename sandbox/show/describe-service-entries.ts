import type { LedgerEntry } from '../story/ledger-reader.ts';
import type { Line } from './line.ts';
import { about, joined, objectsOf, textOf } from './payload-words.ts';

type Say = (payload: LedgerEntry['payload']) => Line;

/** Entries that belong to no case. */
const sayings: Readonly<Record<string, Say>> = {
  'baseline-started': () => quiet('A subscription is looked at for the first time'),
  'baseline-completed': (payload) => {
    const roots = textOf(payload, 'roots');
    return quiet(
      `A subscription has been looked at for the first time${roots === undefined ? '' : `, ${roots} resources`}`,
    );
  },
  'signal-received': () => quiet('A signal came'),
  'event-unreadable': (payload) =>
    bad(
      about('An event cannot be read', joined([textOf(payload, 'event'), textOf(payload, 'reason')], ', ')),
    ),
  'work-failed': (payload) => bad(about('A message was given up', textOf(payload, 'reason'))),
  'body-erased': () => quiet('Bodies of entries were erased'),
  'checkpoint-contradicted': () => bad('The ledger contradicts a checkpoint: changes are stopped'),
  'policy-loaded': () => quiet('A policy document is in force'),
  'policy-refused': (payload) => {
    const faults = textOf(payload, 'faultCount');
    return bad(
      `A policy document is not taken${faults === undefined ? '' : `, faults: ${faults}`}; the one before it holds`,
    );
  },
  'kill-switch-seen': (payload) => turned(payload, 'The kill switch was seen'),
  'kill-switch-turned': (payload) => operated(payload),
  'decision-refused': (payload) => bad(about('A decision was not recorded', textOf(payload, 'reason'))),
  'sweep-completed': (payload) => {
    const count = objectsOf(payload, 'subscriptions').length;
    return quiet(
      `The sweep has looked at everything guarded${count === 0 ? '' : `, subscriptions: ${count}`}`,
    );
  },
  'notice-sent': (payload) =>
    quiet(
      payload.channel === 'teams'
        ? 'The Teams channel has a new message'
        : 'The second channel has a message',
      'tells',
    ),
  'notice-failed': (payload) =>
    bad(about('A message to people was given up', textOf(payload, 'reason') ?? textOf(payload, 'channel'))),
};

/** What an entry without a case says; one of a kind that is not known is named. */
export function describeServiceEntry({ kind, payload }: LedgerEntry): Line {
  const say = Object.hasOwn(sayings, kind) ? sayings[kind] : undefined;
  const name = kind.replaceAll('-', ' ').trim();
  return say?.(payload) ?? quiet(`An entry of the kind "${name === '' ? 'none' : name}"`);
}

function operated(payload: LedgerEntry['payload']): Line {
  const { changes } = payload;
  const what =
    changes === 'stopped'
      ? 'An operator stops every change'
      : changes === 'allowed'
        ? 'An operator allows changes again'
        : 'An operator turned the kill switch';
  return { verb: 'switch', tone: 'waits', text: about(what, textOf(payload, 'reason')) };
}

function turned(payload: LedgerEntry['payload'], otherwise: string): Line {
  const { changes } = payload;
  const text =
    changes === 'stopped'
      ? 'The kill switch stops every change'
      : changes === 'allowed'
        ? 'The kill switch allows changes again'
        : otherwise;
  return { verb: 'switch', tone: 'waits', text };
}

function quiet(text: string, verb = 'noted'): Line {
  return { verb, tone: 'quiet', text };
}

function bad(text: string): Line {
  return { verb: 'failed', tone: 'bad', text };
}
