import ts from 'typescript';
import type { Usage } from './usage.ts';

/** Deeper inside two types nothing is compared: types that hold themselves have no end. */
const deepest = 8;

/** Follows values from one type into another: types fit by their members, whatever they are called. */
export class Flow {
  readonly #checker: ts.TypeChecker;
  readonly #usage: Usage;
  readonly #isOurs: (source: ts.SourceFile) => boolean;
  /** Pairs that were followed, apart for values that count as read where anything is taken. */
  readonly #known = { read: new Map<ts.Type, Set<ts.Type>>(), kept: new Map<ts.Type, Set<ts.Type>>() };
  readonly #whole = new Set<ts.Type>();

  constructor(checker: ts.TypeChecker, usage: Usage, isOurs: (source: ts.SourceFile) => boolean) {
    this.#checker = checker;
    this.#usage = usage;
    this.#isOurs = isOurs;
  }

  /** A value of type `from` is taken as one of type `to`. */
  pass(from: ts.Type, to: ts.Type, isRead = true, depth = 0): void {
    if (from === to || depth > deepest || this.#isKnown(from, to, isRead)) {
      return;
    }
    if (from.isUnion()) {
      from.types.forEach((each) => this.pass(each, to, isRead, depth));
    } else if (to.isUnion()) {
      to.types.forEach((each) => this.pass(from, each, isRead, depth));
    } else if (to.isTypeParameter()) {
      this.#passConstraint(from, to, isRead, depth);
    } else if (isAnything(to)) {
      if (isRead) {
        this.readWhole(from);
      }
    } else if (isObject(from) && isObject(to)) {
      this.#passObject(from, to, isRead, depth);
    }
  }

  /** Somebody whom nothing is known of gets the value: all its data counts as read. */
  readWhole(type: ts.Type): void {
    if (this.#whole.has(type)) {
      return;
    }
    this.#whole.add(type);
    if (type.isUnionOrIntersection()) {
      type.types.forEach((each) => this.readWhole(each));
    } else if (isObject(type)) {
      this.#argumentsOf(type).forEach((each) => this.readWhole(each));
      this.#indexOf(type).forEach((each) => this.readWhole(each));
      this.#readMembers(type);
    }
  }

  /** Where a member is declared, also one that comes from several types, or through a mapped type. */
  declarationsOf(symbol: ts.Symbol | undefined): readonly ts.Declaration[] {
    return symbol === undefined
      ? []
      : this.#checker.getRootSymbols(symbol).flatMap((root) => root.declarations ?? []);
  }

  /** A generic function reads what it demands of a type. */
  #passConstraint(from: ts.Type, to: ts.TypeParameter, isRead: boolean, depth: number): void {
    const demanded = to.getConstraint();
    if (demanded !== undefined && !isAnything(demanded)) {
      this.pass(from, demanded, isRead, depth);
    }
  }

  #readMembers(type: ts.Type): void {
    for (const member of this.#ownMembers(type)) {
      const inner = this.#checker.getTypeOfSymbol(member);
      if (this.#checker.getNonNullableType(inner).getCallSignatures().length === 0) {
        this.#usage.read(this.declarationsOf(member));
        this.readWhole(inner);
      }
    }
  }

  #passObject(from: ts.Type, to: ts.Type, isRead: boolean, depth: number): void {
    this.#passArguments(from, to, isRead, depth);
    this.#passCalls(from, to, isRead, depth);
    this.#passSchema(from, to, isRead, depth);
    if (from.symbol === to.symbol && this.#ownMembers(from).length === 0) {
      return;
    }
    for (const member of to.getProperties()) {
      this.#passMember(from, member, isRead, depth);
    }
    for (const inner of this.#indexOf(to)) {
      for (const member of this.#ownMembers(from)) {
        if (isRead) {
          this.#usage.read(this.declarationsOf(member));
        }
        this.pass(this.#checker.getTypeOfSymbol(member), inner, isRead, depth + 1);
      }
      this.#indexOf(from).forEach((each) => this.pass(each, inner, isRead, depth + 1));
    }
  }

  #passMember(from: ts.Type, member: ts.Symbol, isRead: boolean, depth: number): void {
    const own = this.#checker.getPropertyOfType(from, member.name);
    const ours = this.#oursOf(own);
    const others = this.#oursOf(member);
    if (own === undefined || (ours.length === 0 && others.length === 0)) {
      return;
    }
    if (others.length === 0) {
      this.#usage.read(ours);
    }
    this.#usage.readThrough(others, ours);
    this.pass(this.#checker.getTypeOfSymbol(own), this.#checker.getTypeOfSymbol(member), isRead, depth + 1);
  }

  /** Lists, promises and maps: what is in one comes to be in the other. */
  #passArguments(from: ts.Type, to: ts.Type, isRead: boolean, depth: number): void {
    const others = this.#argumentsOf(to);
    for (const [index, argument] of this.#argumentsOf(from).entries()) {
      const other = others[index];
      if (other !== undefined) {
        this.pass(argument, other, isRead, depth + 1);
      }
    }
  }

  /** Functions: what is given goes the other way, what is answered the same. */
  #passCalls(from: ts.Type, to: ts.Type, isRead: boolean, depth: number): void {
    const [own] = from.getCallSignatures();
    const [other] = to.getCallSignatures();
    if (own === undefined || other === undefined) {
      return;
    }
    for (const [index, parameter] of own.getParameters().entries()) {
      const given = other.getParameters()[index];
      if (given !== undefined) {
        const type = this.#checker.getTypeOfSymbol(given);
        this.pass(type, this.#checker.getTypeOfSymbol(parameter), isRead, depth + 1);
      }
    }
    this.pass(own.getReturnType(), other.getReturnType(), isRead, depth + 1);
  }

  /** A schema that is taken as one of a type: what it reads is taken as that type. */
  #passSchema(from: ts.Type, to: ts.Type, isRead: boolean, depth: number): void {
    const own = from.getProperty('_output');
    const other = to.getProperty('_output');
    if (own !== undefined && other !== undefined) {
      const read = this.#checker.getTypeOfSymbol(own);
      this.pass(read, this.#checker.getTypeOfSymbol(other), isRead, depth + 1);
    }
  }

  #ownMembers(type: ts.Type): ts.Symbol[] {
    return type.getProperties().filter((member) => this.#oursOf(member).length > 0);
  }

  #oursOf(symbol: ts.Symbol | undefined): readonly ts.Declaration[] {
    return this.declarationsOf(symbol).filter((each) => this.#isOurs(each.getSourceFile()));
  }

  #argumentsOf(type: ts.Type): readonly ts.Type[] {
    return isReference(type) ? this.#checker.getTypeArguments(type) : [];
  }

  #indexOf(type: ts.Type): readonly ts.Type[] {
    const inner = type.getStringIndexType();
    return inner === undefined ? [] : [inner];
  }

  #isKnown(from: ts.Type, to: ts.Type, isRead: boolean): boolean {
    const pairs = isRead ? this.#known.read : this.#known.kept;
    const known = pairs.get(from) ?? new Set();
    pairs.set(from, known);
    const isKnown = known.has(to);
    known.add(to);
    return isKnown;
  }
}

function isReference(type: ts.Type): type is ts.TypeReference {
  return isObject(type) && ((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference) !== 0;
}

function isObject(type: ts.Type): boolean {
  return (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0;
}

/** Types that take anything: what becomes of the value cannot be seen any more. */
function isAnything(type: ts.Type): boolean {
  const isEmpty =
    isObject(type) &&
    type.getProperties().length === 0 &&
    type.getCallSignatures().length === 0 &&
    type.getConstructSignatures().length === 0 &&
    type.getStringIndexType() === undefined;
  return (
    isEmpty || (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.NonPrimitive)) !== 0
  );
}
