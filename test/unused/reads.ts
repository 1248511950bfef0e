import ts from 'typescript';
import type { Flow } from './flow.ts';
import type { Usage } from './usage.ts';

/** What a walk over the sources needs. */
export interface Walk {
  readonly checker: ts.TypeChecker;
  readonly usage: Usage;
  readonly flow: Flow;
}

/** Notes every read of a member below a node. */
export function noteReads({ checker, usage, flow }: Walk, node: ts.Node): void {
  if (ts.isPropertyAccessExpression(node)) {
    noteRead(node, flow.declarationsOf(checker.getSymbolAtLocation(node.name)));
  } else if (ts.isElementAccessExpression(node)) {
    noteElements(node);
  } else if (ts.isObjectBindingPattern(node)) {
    node.elements.filter((each) => !ts.isIdentifier(each.name)).forEach(noteNested);
  } else if (ts.isIdentifier(node)) {
    noteVariable(node);
  } else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InKeyword) {
    noteIn(node);
  }

  function noteRead(at: ts.Expression, members: readonly ts.Declaration[]): void {
    if (!isWritten(at) && !isCarried(checker, flow, at, members)) {
      usage.read(members);
    }
  }

  /** `row[name]`: the members that the name can be. */
  function noteElements(access: ts.ElementAccessExpression): void {
    const type = checker.getApparentType(checker.getTypeAtLocation(access.expression));
    const names = namesOf(checker.getTypeAtLocation(access.argumentExpression));
    const members = type
      .getProperties()
      .filter((member) => names === undefined || names.includes(member.name))
      .flatMap((member) => flow.declarationsOf(member));
    noteRead(access, members);
  }

  function noteNested(element: ts.BindingElement): void {
    usage.read(membersOf(element));
  }

  /** A variable that took its value out of an object: where it is used, the member is read. */
  function noteVariable(identifier: ts.Identifier): void {
    const symbol = ts.isShorthandPropertyAssignment(identifier.parent)
      ? checker.getShorthandAssignmentValueSymbol(identifier.parent)
      : checker.getSymbolAtLocation(identifier);
    const element = symbol?.valueDeclaration;
    if (element !== undefined && ts.isBindingElement(element) && !isWithin(identifier, element)) {
      noteRead(identifier, membersOf(element));
    }
  }

  function noteIn({ left, right }: ts.BinaryExpression): void {
    if (ts.isStringLiteral(left)) {
      const types = checker.getTypeAtLocation(right);
      const each = types.isUnion() ? types.types : [types];
      usage.read(each.flatMap((type) => flow.declarationsOf(type.getProperty(left.text))));
    }
  }

  function membersOf(element: ts.BindingElement): readonly ts.Declaration[] {
    const name = element.propertyName ?? element.name;
    if (!ts.isObjectBindingPattern(element.parent) || !(ts.isIdentifier(name) || ts.isStringLiteral(name))) {
      return [];
    }
    const type = checker.getApparentType(checker.getTypeAtLocation(element.parent));
    return flow.declarationsOf(checker.getPropertyOfType(type, name.text));
  }
}

/** The texts that a name can be; undefined when it can be any. */
function namesOf(type: ts.Type): string[] | undefined {
  const each = type.isUnion() ? type.types : [type];
  return each.every((one) => one.isStringLiteral()) ? each.map((one) => one.value) : undefined;
}

function isWithin(node: ts.Node, outer: ts.Node): boolean {
  return node.pos >= outer.pos && node.end <= outer.end && node.getSourceFile() === outer.getSourceFile();
}

/** `x.member = value` */
function isWritten(at: ts.Expression): boolean {
  const { parent } = at;
  return (
    ts.isBinaryExpression(parent) &&
    parent.left === at &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  );
}

/**
 * A read that only makes the same member of another object is none: `{ ...row, writes: row.writes.slice(1) }` keeps what
 * nobody looks at.
 */
function isCarried(
  checker: ts.TypeChecker,
  flow: Flow,
  at: ts.Node,
  members: readonly ts.Declaration[],
): boolean {
  for (let node = at; !isBoundary(node); node = node.parent) {
    const { parent } = node;
    const isValue =
      (ts.isPropertyAssignment(parent) && parent.initializer === node) ||
      ts.isShorthandPropertyAssignment(parent);
    if (isValue && madeMembers(checker, flow, parent).some((made) => members.includes(made))) {
      return true;
    }
  }
  return false;
}

function isBoundary(node: ts.Node): boolean {
  return ts.isStatement(node) || ts.isFunctionLike(node) || ts.isSourceFile(node);
}

/** The member that an assignment in an object literal makes, by what the object is taken for and by what is spread into it. */
function madeMembers(
  checker: ts.TypeChecker,
  flow: Flow,
  { name, parent }: ts.PropertyAssignment | ts.ShorthandPropertyAssignment,
): readonly ts.Declaration[] {
  const spread = parent.properties
    .filter((each) => ts.isSpreadAssignment(each))
    .map((each) => checker.getTypeAtLocation(each.expression));
  const types = [checker.getContextualType(parent), ...spread].filter((type) => type !== undefined);
  return types.flatMap((type) => flow.declarationsOf(checker.getPropertyOfType(type, name.getText())));
}
