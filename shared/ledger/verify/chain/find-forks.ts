import type { ChainReport } from './chain-report.ts';
import { type CheckpointClaims, claimant } from '../checkpoint/claims.ts';
import { type LedgerFinding, finding } from '../finding.ts';
import { groupBy } from '../group-by.ts';

/** Result of comparing the files with one another. */
export interface Forks {
  readonly findings: readonly LedgerFinding[];
  /**
   * Names of files that contradict a signed history, and of files that contradict each other without a signature to decide.
   */
  readonly rejected: ReadonlySet<string>;
}

/** The files that have the same entry at one place. */
interface Side {
  readonly hash: string;
  readonly reports: readonly ChainReport[];
}

/**
 * Finds files that tell two histories. A file is right if it leads to an entry that a checkpoint knows, by itself or through
 * files that go on from it; then the other file is at fault. If neither file leads to such an entry, nothing decides.
 */
export function findForks(all: readonly ChainReport[], claims: CheckpointClaims): Forks {
  const findings: LedgerFinding[] = [];
  const rejected = new Set<string>();
  const byChain = groupBy(all, ({ chain }) => chain);
  for (const [chain, reports] of [...byChain].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const comparison = new Comparison(chain, reports, claims, rejected);
    findings.push(...comparison.run());
  }
  return { findings, rejected };
}

/** Compares the files of one chain from its end to its beginning: knowledge of an entry holds for all entries before it. */
class Comparison {
  readonly #chain: string;
  readonly #reports: readonly ChainReport[];
  readonly #claims: CheckpointClaims;
  readonly #rejected: Set<string>;
  /** The last entry for which a signature stands behind a file, and who says so. */
  readonly #vouched = new Map<ChainReport, { readonly to: number; readonly by: string }>();

  constructor(
    chain: string,
    reports: readonly ChainReport[],
    claims: CheckpointClaims,
    rejected: Set<string>,
  ) {
    this.#chain = chain;
    this.#reports = reports;
    this.#claims = claims;
    this.#rejected = rejected;
    for (const report of reports) {
      if (report.vouched) {
        this.#vouched.set(report, { to: report.vouched.sequence, by: claimant(report.vouched) });
      }
    }
  }

  run(): LedgerFinding[] {
    const findings: LedgerFinding[] = [];
    for (const [place, reports] of this.#byPlace()) {
      const sides = this.#sides(place, reports);
      const signed = sides.filter((side) => this.#voucher(place, side) !== undefined);
      const [right] = signed;
      if (right && signed.length === 1) {
        findings.push(...this.#accuse(place, right, sides));
      } else if (sides.length > 1) {
        findings.push(this.#undecided(place, sides));
      }
    }
    return findings;
  }

  /** Places from last to first, each with its reports. */
  #byPlace(): [number, ChainReport[]][] {
    const places = new Map<number, ChainReport[]>();
    for (const report of this.#reports) {
      for (const place of report.testimonies.keys()) {
        const others = places.get(place) ?? [];
        others.push(report);
        places.set(place, others);
      }
    }
    return [...places].sort(([one], [other]) => other - one);
  }

  #sides(place: number, reports: readonly ChainReport[]): Side[] {
    const left = reports.filter(({ file }) => !this.#rejected.has(file));
    const byHash = groupBy(left, (report) => report.testimonies.get(place)?.hash ?? '');
    return [...byHash].map(([hash, same]) => ({ hash, reports: same }));
  }

  /** The voucher for a side. */
  #voucher(place: number, { hash, reports }: Side): string | undefined {
    const claim = this.#claims.at(this.#chain, place).find((each) => each.hash === hash);
    const vouched = reports
      .map((report) => this.#vouched.get(report))
      .find((each) => each && each.to >= place);
    return claim ? claimant(claim) : vouched?.by;
  }

  #accuse(place: number, right: Side, sides: readonly Side[]): LedgerFinding[] {
    const by = this.#voucher(place, right) ?? '';
    for (const report of right.reports) {
      this.#vouched.set(report, { to: Math.max(place, this.#vouched.get(report)?.to ?? 0), by });
    }
    const [known] = right.reports;
    return sides
      .filter((side) => side !== right)
      .flatMap(({ reports }) => reports)
      .map((report) => {
        this.#rejected.add(report.file);
        const reason = `"${known?.file ?? ''}" has another entry ${place}, and ${by} vouches for that one`;
        return finding('forked', { ...this.#at(report, place), file: report.file }, reason);
      });
  }

  /** A finding that accuses nobody, and names no file of its own. */
  #undecided(place: number, sides: readonly Side[]): LedgerFinding {
    const named = sides.map(({ reports: [first] }) => {
      const { line } = first ? this.#at(first, place) : { line: 0 };
      return `"${first?.file ?? ''}" (line ${line})`;
    });
    sides.flatMap(({ reports }) => reports).forEach(({ file }) => this.#rejected.add(file));
    const reason = `${named.join(' and ')} tell two histories, and no checkpoint that was given says which is right`;
    return finding('forked', { chain: this.#chain, sequence: place }, reason);
  }

  #at(report: ChainReport, place: number): { line: number; chain: string; sequence: number } {
    return { line: report.testimonies.get(place)?.line ?? 1, chain: this.#chain, sequence: place };
  }
}
