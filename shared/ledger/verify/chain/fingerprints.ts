import { sha256 } from '../../format/json.ts';

const smallest = 1_024;

/**
 * A set of texts that keeps 64 bits of each, so that a million closed cases fit into 16 MiB. Two of a million texts share
 * their bits once in thirty million ledgers.
 */
export class Fingerprints {
  #slots = new BigUint64Array(smallest);
  #count = 0;

  add(text: string): void {
    if (this.#count * 2 >= this.#slots.length) {
      this.#grow();
    }
    const mark = fingerprint(text);
    const at = slotOf(this.#slots, mark);
    if (this.#slots[at] === 0n) {
      this.#slots[at] = mark;
      this.#count += 1;
    }
  }

  has(text: string): boolean {
    return this.#slots[slotOf(this.#slots, fingerprint(text))] !== 0n;
  }

  #grow(): void {
    const larger = new BigUint64Array(this.#slots.length * 2);
    for (const mark of this.#slots) {
      if (mark !== 0n) {
        larger[slotOf(larger, mark)] = mark;
      }
    }
    this.#slots = larger;
  }
}

/** A fingerprint is never zero, since zero marks an empty slot. */
function fingerprint(text: string): bigint {
  return BigInt(`0x${sha256(text).slice(0, 16)}`) | 1n;
}

/**
 * The slot of a mark, or the slot where the mark would go. The number of slots is a power of two, and half of them are empty.
 */
function slotOf(slots: BigUint64Array, mark: bigint): number {
  const last = slots.length - 1;
  let at = Number((mark >> 1n) & BigInt(last));
  while (slots[at] !== 0n && slots[at] !== mark) {
    at = (at + 1) & last;
  }
  return at;
}
