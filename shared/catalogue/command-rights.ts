import { bodyContainer, ledgerTable, workTable } from '../ledger/storage-clients.ts';
import { checkpointContainer } from '../ledger/write-once-files.ts';
import type { Right } from './rights.ts';

const readLedger: Right = {
  place: 'table',
  name: ledgerTable,
  actions: { 'entities/read': 'reads heads, cases and entries' },
};
const readNames: Right = {
  place: 'table',
  name: workTable,
  actions: { 'entities/read': 'reads the display names of subscriptions' },
};
const readBodies: Right = {
  place: 'container',
  name: bodyContainer,
  actions: { 'blobs/read': 'reads bodies that are too large for a row' },
};

/**
 * The rights that people need in our storage account for commands which go past the service, by command. Such a command acts
 * with its caller's login; whoever erases, rebuilds or resumes holds these for no longer than that takes.
 */
export const commandRights: Readonly<Record<string, readonly Right[]>> = {
  'ledger export': [readLedger, readBodies],
  'cases --tables': [readLedger, readNames],
  'cases show --tables': [readLedger, readNames, readBodies],
  'ledger erase': [
    {
      place: 'table',
      name: ledgerTable,
      actions: {
        'entities/read': 'reads heads, cases and entries',
        'entities/add/action': 'appends the record of the erasure',
        'entities/update/action': 'moves the head on, takes a body out of the row of its entry',
        'entities/delete': 'removes the row of a closed case, which repeats a body',
      },
    },
    {
      place: 'container',
      name: bodyContainer,
      actions: {
        'blobs/read': 'reads bodies that are too large for a row',
        'blobs/delete': 'removes such a body',
      },
    },
  ],
  'ledger rebuild': [
    {
      place: 'table',
      name: ledgerTable,
      actions: {
        'entities/read': 'makes sure that nothing is there',
        'entities/add/action': 'makes the rows',
      },
    },
    {
      place: 'container',
      name: bodyContainer,
      actions: { 'blobs/add/action': 'stores bodies that are too large for a row' },
    },
  ],
  'ledger resume': [
    {
      place: 'container',
      name: checkpointContainer,
      actions: {
        'blobs/read': 'reads halts',
        'blobs/add/action': 'adds who let changes go on, and why',
      },
    },
  ],
};
