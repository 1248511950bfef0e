/** A checkpoint's claim about the hash of one entry. */
export interface CheckpointClaim {
  readonly chain: string;
  readonly sequence: number;
  readonly hash: string;
  /** The claiming checkpoint and its time. */
  readonly by: { readonly number: number; readonly time: string };
}

/**
 * Claims of checkpoints about single entries. Each entry's hash covers all entries before it, so a file that agrees on one
 * entry agrees on everything before it: nothing else has to be remembered.
 */
export class CheckpointClaims {
  readonly #byPlace = new Map<string, CheckpointClaim[]>();
  readonly #last = new Map<string, CheckpointClaim>();

  add(claim: CheckpointClaim): void {
    // A chain at rest is in every checkpoint: the last of equal claims stands for all.
    const others = this.at(claim.chain, claim.sequence).filter(({ hash }) => hash !== claim.hash);
    this.#byPlace.set(`${claim.chain} ${claim.sequence}`, [...others, claim]);
    if (claim.sequence >= (this.#last.get(claim.chain)?.sequence ?? 0)) {
      this.#last.set(claim.chain, claim);
    }
  }

  at(chain: string, sequence: number): readonly CheckpointClaim[] {
    return this.#byPlace.get(`${chain} ${sequence}`) ?? [];
  }

  /** The last entry of each chain in the checkpoints. */
  last(): ReadonlyMap<string, CheckpointClaim> {
    return this.#last;
  }
}

/** Text that names a claimant. */
export function claimant({ by }: CheckpointClaim): string {
  return `checkpoint ${by.number}`;
}
