import type { ExportFinding } from '../shared/ledger/export/findings.ts';

/** Text of one finding of an export. Names that an intruder planted are quoted, so that they cannot control a terminal. */
export function findingText({ kind, chain, at = '' }: ExportFinding): string {
  const name = `chain "${chain}"`;
  switch (kind) {
    case 'not-a-chain':
      return `Partition ${JSON.stringify(chain)} is no chain of the ledger: somebody planted it. It is not exported.`;
    case 'head-missing':
      return `The head of ${name} is missing in the table, so nobody knows where the chain ends.`;
    case 'head-unreadable':
      return `The head of ${name} cannot be read, so nobody knows where the chain ends.`;
    case 'chain-short':
      return `The ${name} ends with entry ${at}, and its head knows a later one: entries are missing in the table.`;
    case 'head-behind':
      return `The head of ${name} knows less than entry ${at}, which was exported before: the table went back.`;
    case 'entry-unreadable':
      return `Entry ${JSON.stringify(at)} of ${name} cannot be read. It is left out.`;
    case 'entry-changed':
      return `Entry ${at} of ${name}, the last one in the file, is not in the table any more, or is another one.`;
  }
}
