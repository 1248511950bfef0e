/** What somebody says is the hash of one entry. */
export interface Claim {
  readonly chain: string;
  readonly sequence: number;
  readonly hash: string;
  /** Who says so. */
  readonly by:
    | { readonly kind: 'checkpoint'; readonly number: number; readonly time: string }
    | { readonly kind: 'file'; readonly name: string };
}

/**
 * What is said of single entries by checkpoints, and by the first and last lines of files. Because each entry's hash
 * covers all before it, files that agree on one entry agree on everything up to it: nothing else has to be remembered
 * to compare them.
 */
export class Claims {
  readonly #byPlace = new Map<string, Claim[]>();
  readonly #lastSigned = new Map<string, Claim>();

  add(claim: Claim): void {
    const place = `${claim.chain} ${claim.sequence}`;
    // A chain that rests is in every checkpoint: the last one that says the same stands for all.
    const others = this.at(claim.chain, claim.sequence).filter(
      ({ by, hash }) => by.kind === 'file' || claim.by.kind === 'file' || hash !== claim.hash,
    );
    this.#byPlace.set(place, [...others, claim]);
    if (
      claim.by.kind === 'checkpoint' &&
      claim.sequence >= (this.#lastSigned.get(claim.chain)?.sequence ?? 0)
    ) {
      this.#lastSigned.set(claim.chain, claim);
    }
  }

  at(chain: string, sequence: number): readonly Claim[] {
    return this.#byPlace.get(`${chain} ${sequence}`) ?? [];
  }

  /** The last entry of each chain that a checkpoint knows. */
  lastByCheckpoints(): ReadonlyMap<string, Claim> {
    return this.#lastSigned;
  }
}

/** A claimant, in words. */
export function claimant({ by }: Claim): string {
  return by.kind === 'checkpoint' ? `checkpoint ${by.number}` : `"${by.name}"`;
}
