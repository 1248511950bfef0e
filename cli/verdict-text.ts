import { type LedgerFinding, findingKinds } from '../shared/ledger/verify/finding.ts';
import type { ChainVerdict, FileVerdict, LedgerVerdict } from '../shared/ledger/verify/verdict/verdict.ts';
import { printable, quoted, shortened } from './printable.ts';

/**
 * A verdict for people. The first line says how much the verdict is worth. Each line is made printable as a whole: no text of
 * a file can begin a line of its own.
 */
export function verdictText(verdict: LedgerVerdict): string {
  const sections: readonly (readonly string[])[] = [
    [headline(verdict)],
    verdict.findings.flatMap(findingLines),
    verdict.chains.flatMap(chainLines),
    verdict.files.flatMap(filterLines),
    verdict.notices.map((notice) => `Note: ${shortened(printable(notice))}.`),
  ];
  const texts = sections.map((lines) => lines.map(printable).join('\n'));
  return `${texts.filter((text) => text !== '').join('\n\n')}\n`;
}

function headline(verdict: LedgerVerdict): string {
  const { outcome, findings, checkpoints, chains } = verdict;
  const last = `${checkpoints.last?.number ?? ''} of ${checkpoints.last?.time ?? ''}`;
  switch (outcome) {
    case 'faulty':
      return `FAULTY: ${findings.length === 1 ? 'something is' : `${findings.length} things are`} wrong.`;
    case 'incomplete':
      return `INCOMPLETE: what was given fits together, and ends before what checkpoint ${last} knows.`;
    case 'vouched':
      return `${vouchedWord(verdict)} by signed checkpoints up to number ${last}, ${extent(verdict)}.`;
    case 'unvouched':
      return chains.some(({ entries }) => entries > 0)
        ? `CONSISTENT, BUT NOT VOUCHED FOR: ${unvouchedBecause(verdict)}`
        : 'NOTHING VERIFIED: what was given holds no entry.';
  }
}

/** Word for a vouched history. Many read only the first words, so these say that bodies were left out. */
function vouchedWord({ leftOut }: LedgerVerdict): string {
  return leftOut > 0 ? 'VOUCHED, HEADERS ONLY,' : 'VOUCHED';
}

/** Extent of the vouched part: never more than was given. */
function extent({ chains, leftOut, isPartial }: LedgerVerdict): string {
  const isAll = !isPartial && chains.every(({ to, vouched }) => vouched?.to === to);
  if (leftOut > 0) {
    const of = isAll ? 'every header given' : 'the headers of the entries named below, and for no others';
    return `for ${of}; ${leftOut === 1 ? 'one body was' : `${leftOut} bodies were`} left out and not looked at`;
  }
  return isAll ? 'for every entry given' : 'for the entries named below, and for no others';
}

function unvouchedBecause({ checkpoints: { count, isVerified }, chains }: LedgerVerdict): string {
  if (count === 0) {
    return 'no checkpoints were given. Whoever could write the ledger could have made all of this anew.';
  }
  if (!isVerified) {
    return 'no public key was given, so the checkpoints prove nothing. Whoever could write them could have made all of this anew.';
  }
  const doubtful = chains.filter((each) => each.doubtful > 0);
  const [chain] = doubtful;
  if (chain && chains.every(({ entries, vouched }) => entries === 0 || vouched)) {
    return `bodies are gone from chain "${chain.chain}" by records for which nothing vouches. Whoever could write a file could have made the records up.`;
  }
  const unknown = chains.filter(({ entries, vouched }) => entries > 0 && !vouched);
  const names = [...new Set(unknown.map(({ chain }) => `"${chain}"`))];
  return chains.some(({ vouched }) => vouched)
    ? `the checkpoints know none of the entries of chain ${names.join(', ')}. Whoever could write a file could have made ${names.length === 1 ? 'it' : 'them'} up.`
    : 'the checkpoints know none of these entries.';
}

function findingLines({ kind, file, line, chain, sequence, reason }: LedgerFinding): string[] {
  const place = [
    file === undefined ? undefined : nameText(file),
    line === undefined ? undefined : `line ${line}`,
    chain === undefined ? undefined : `chain ${chain}`,
    sequence === undefined ? undefined : `entry ${sequence}`,
  ].filter((part) => part !== undefined);
  return [
    `${kind.toUpperCase()}${place.length === 0 ? '' : ` at ${place.join(', ')}`}: ${shortened(printable(reason))}.`,
    `  ${findingKinds[kind]}`,
  ];
}

/** A name unchanged, if nobody can take it for more than a name. */
function nameText(file: string): string {
  return /^[\p{L}\p{N}._~+@/\\:-]+$/u.test(file) && file.length < longestPlain ? file : quoted(file);
}

const longestPlain = 300;

function chainLines({ chain, from, to, bodies, erased, doubtful, leftOut, vouched }: ChainVerdict): string[] {
  if (to < from) {
    return [`chain ${chain}: no entry was verified.`];
  }
  const parts = [
    `${bodies} with body`,
    ...(leftOut > 0 ? [`${leftOut} as headers only`] : []),
    ...(erased > 0 ? [`${erased} erased with a record`] : []),
    ...(doubtful > 0 ? [`${doubtful} erased by a record for which nothing vouches`] : []),
  ];
  return [
    `chain ${chain}: entries ${from} to ${to} fit together (${parts.join(', ')}).`,
    `  ${vouchedText(from, to, vouched)}`,
  ];
}

function vouchedText(from: number, to: number, vouched: ChainVerdict['vouched']): string {
  if (!vouched) {
    return `Nothing vouches for any of them.`;
  }
  const upTo = `Vouched for up to entry ${vouched.to} by checkpoint ${vouched.checkpoint} of ${vouched.time}.`;
  return vouched.to < to ? `${upTo} From entry ${Math.max(from, vouched.to + 1)} on nothing vouches.` : upTo;
}

/** Lines with the filter of a file, if the file does not hold everything. */
function filterLines({ file, filter, entries, leftOut }: FileVerdict): string[] {
  if (filter === null && leftOut === 0) {
    return [];
  }
  const names = Object.entries({ ...filter }).map(([name, value = '']) => `${name} ${quoted(value)}`);
  const asked = names.length > 0 ? `only bodies of ${names.join(', ')}` : 'some bodies only';
  return [
    `file ${nameText(file)}: it was asked for ${asked}; ${leftOut} of its ${entries} entries have none.`,
  ];
}
