import ts from 'typescript';

/** A member of a type, a class or a schema, where it is declared. */
export interface Member {
  readonly declaration: ts.Declaration;
  /** Path of the file below the root of the repository. */
  readonly file: string;
  readonly line: number;
  /** Name of the type, class or schema that it belongs to. */
  readonly owner: string;
  readonly name: string;
  /** True for a member of a zod schema, which checks what is there even if nobody takes it out. */
  readonly isChecked: boolean;
}

/** The members that a file declares. Object literals declare none: to write a member is not to have it. */
export function membersIn(source: ts.SourceFile, file: string): Member[] {
  const found: Member[] = [];
  const visit = (node: ts.Node): void => {
    if (isMember(node)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      found.push({
        declaration: node,
        file,
        line: line + 1,
        owner: ownerOf(node.parent),
        name: node.name.getText(source),
        isChecked: ts.isPropertyAssignment(node),
      });
    }
    node.forEachChild(visit);
  };
  visit(source);
  return found;
}

type Named = ts.Declaration & { readonly name: ts.PropertyName };

function isMember(node: ts.Node): node is Named {
  if (ts.isPropertySignature(node) || ts.isMethodSignature(node)) {
    return !isSingleLiteral(node.type) && !isYardstick(node.parent);
  }
  if (ts.isPropertyDeclaration(node) || ts.isMethodDeclaration(node) || ts.isGetAccessor(node)) {
    return ts.isClassLike(node.parent);
  }
  return ts.isPropertyAssignment(node) && isShape(node.parent) && !isLiteralSchema(node.initializer);
}

/** Versions and discriminants are of one value: whoever reads the others tells them apart. */
function isSingleLiteral(type: ts.TypeNode | undefined): boolean {
  return type !== undefined && ts.isLiteralTypeNode(type);
}

/** A type that others are only held against: `satisfies { ... }`, `Extract<Step, { ... }>`. Nobody has one of its members. */
function isYardstick(type: ts.Node): boolean {
  for (let at = type; ts.isTypeNode(at); at = at.parent) {
    const { parent } = at;
    const isHeldAgainst =
      ts.isTypeReferenceNode(parent) && /^(Extract|Exclude)$/.test(parent.typeName.getText());
    if (ts.isSatisfiesExpression(parent) || isHeldAgainst) {
      return true;
    }
  }
  return false;
}

function isLiteralSchema(schema: ts.Expression): boolean {
  return schema.getText().startsWith('z.literal(');
}

/** The object that says which members a zod schema has. */
function isShape(node: ts.Node): boolean {
  return (
    ts.isObjectLiteralExpression(node) &&
    ts.isCallExpression(node.parent) &&
    node.parent.arguments[0] === node &&
    /(^z\s*\.(object|strictObject|looseObject)|\.extend)$/.test(node.parent.expression.getText())
  );
}

function ownerOf(node: ts.Node): string {
  for (let at = node; !ts.isSourceFile(at); at = at.parent) {
    const name = ts.isDeclarationStatement(at) || isNamedValue(at) ? at.name : undefined;
    if (name !== undefined && !ts.isObjectBindingPattern(name) && !ts.isArrayBindingPattern(name)) {
      return name.getText();
    }
  }
  return 'an unnamed type';
}

function isNamedValue(node: ts.Node): node is ts.VariableDeclaration | ts.ClassExpression {
  return ts.isVariableDeclaration(node) || ts.isClassLike(node);
}
