import type ts from 'typescript';

/** Which members are read, and which are if another one is. */
export class Usage {
  readonly #read = new Set<ts.Declaration>();
  readonly #readWith = new Map<ts.Declaration, Set<ts.Declaration>>();

  /** Something reads the members. */
  read(members: readonly ts.Declaration[]): void {
    for (const member of members) {
      this.#read.add(member);
    }
  }

  /** A value of one member becomes that of another: whoever reads the other one reads the first. */
  readThrough(other: readonly ts.Declaration[], members: readonly ts.Declaration[]): void {
    for (const each of other) {
      const known = this.#readWith.get(each) ?? new Set();
      members.filter((member) => member !== each).forEach((member) => known.add(member));
      this.#readWith.set(each, known);
    }
  }

  /** Every member that is read, through others or not. */
  all(): ReadonlySet<ts.Declaration> {
    const all = new Set<ts.Declaration>();
    const next = [...this.#read];
    for (let member = next.pop(); member !== undefined; member = next.pop()) {
      if (!all.has(member)) {
        all.add(member);
        next.push(...(this.#readWith.get(member) ?? []));
      }
    }
    return all;
  }
}
