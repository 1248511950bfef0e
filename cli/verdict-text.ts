import { type Finding, findingKinds } from '../shared/ledger/verify/finding.ts';
import type { ChainVerdict, Verdict } from '../shared/ledger/verify/verdict.ts';

/** A verdict for people. Its first line says how much it is worth. */
export function verdictText(verdict: Verdict): string {
  const sections = [
    headline(verdict),
    verdict.findings.map(findingText).join('\n'),
    verdict.chains.map(chainText).join('\n'),
    verdict.notices.map((notice) => `Note: ${notice}.`).join('\n'),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function headline({ outcome, findings, checkpoints: { count, last, isVerified }, chains }: Verdict): string {
  switch (outcome) {
    case 'faulty':
      return `FAULTY: ${findings.length === 1 ? 'something is' : `${findings.length} things are`} wrong.`;
    case 'vouched': {
      const isAll = chains.every(({ to, vouched }) => vouched?.to === to);
      const extent = isAll ? 'for every entry given' : 'for the entries named below, and for no others';
      return `VOUCHED by signed checkpoints up to number ${last?.number ?? ''} of ${last?.time ?? ''}, ${extent}.`;
    }
    case 'unvouched':
      return chains.some(({ entries }) => entries > 0)
        ? `CONSISTENT, BUT NOT VOUCHED FOR: ${unvouchedBecause(count, isVerified)}`
        : 'NOTHING VERIFIED: what was given holds no entry.';
  }
}

function unvouchedBecause(count: number, isVerified: boolean): string {
  if (count === 0) {
    return 'no checkpoints were given. Whoever could write the ledger could have made all of this anew.';
  }
  return isVerified
    ? 'the checkpoints know none of these entries.'
    : 'no public key was given, so the checkpoints prove nothing. Whoever could write them could have made all of this anew.';
}

function findingText({ kind, file, line, chain, sequence, reason }: Finding): string {
  const place = [
    file,
    line === undefined ? undefined : `line ${line}`,
    chain === undefined ? undefined : `chain ${chain}`,
    sequence === undefined ? undefined : `entry ${sequence}`,
  ].filter((part) => part !== undefined);
  return `${kind.toUpperCase()}${place.length === 0 ? '' : ` at ${place.join(', ')}`}: ${reason}.\n  ${findingKinds[kind]}`;
}

function chainText({ chain, from, to, bodies, erased, leftOut, vouched }: ChainVerdict): string {
  if (to < from) {
    return `chain ${chain}: no entry was verified.`;
  }
  const parts = [
    `${bodies} with body`,
    ...(leftOut > 0 ? [`${leftOut} as headers only`] : []),
    ...(erased > 0 ? [`${erased} erased with a record`] : []),
  ];
  return `chain ${chain}: entries ${from} to ${to} fit together (${parts.join(', ')}).\n  ${vouchedText(from, to, vouched)}`;
}

function vouchedText(from: number, to: number, vouched: ChainVerdict['vouched']): string {
  if (!vouched) {
    return `Nothing vouches for any of them.`;
  }
  const upTo = `Vouched for up to entry ${vouched.to} by checkpoint ${vouched.checkpoint} of ${vouched.time}.`;
  return vouched.to < to ? `${upTo} From entry ${Math.max(from, vouched.to + 1)} on nothing vouches.` : upTo;
}
