const inBlock = 4_096;
const inWord = 32;

/** A set of sequences, one bit each. Sparse sequences cost no more than dense ones. */
export class SequenceSet {
  readonly #blocks = new Map<number, Uint32Array>();

  add(sequence: number): void {
    const key = Math.floor(sequence / inBlock);
    const block = this.#blocks.get(key) ?? new Uint32Array(inBlock / inWord);
    this.#blocks.set(key, block);
    const at = sequence % inBlock;
    const word = Math.floor(at / inWord);
    block[word] = (block[word] ?? 0) | (1 << (at % inWord));
  }

  has(sequence: number): boolean {
    const at = sequence % inBlock;
    const word = this.#blocks.get(Math.floor(sequence / inBlock))?.[Math.floor(at / inWord)] ?? 0;
    return (word & (1 << (at % inWord))) !== 0;
  }

  addAll(others: SequenceSet): void {
    for (const [key, words] of others.#blocks) {
      const block = this.#blocks.get(key) ?? new Uint32Array(inBlock / inWord);
      this.#blocks.set(key, block);
      words.forEach((word, index) => (block[index] = (block[index] ?? 0) | word));
    }
  }

  get size(): number {
    let size = 0;
    for (const block of this.#blocks.values()) {
      block.forEach((word) => (size += ones(word)));
    }
    return size;
  }
}

function ones(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) {
    count += 1;
  }
  return count;
}
