import ts from 'typescript';
import type { Walk } from './reads.ts';

/** Packages whose functions send what they are given to somebody outside. */
const senders = /\/node_modules\/(hono|@hono\/zod-openapi)\//;

/**
 * Notes where a value is taken as one of another type.
 * @param isRead Whether a value that goes where anything may go counts as read.
 */
export function notePasses({ checker, flow }: Walk, node: ts.Node, isRead: boolean): void {
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
    noteArguments(node);
  } else if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) {
    flow.pass(typeOf(node.expression), checker.getTypeFromTypeNode(node.type), isRead);
  } else if (isAnnotated(node)) {
    flow.pass(typeOf(node.initializer), checker.getTypeFromTypeNode(node.type), isRead);
  } else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    flow.pass(typeOf(node.right), typeOf(node.left), isRead);
  } else if (ts.isReturnStatement(node) || ts.isYieldExpression(node)) {
    noteAnswer(node.expression);
  } else if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) {
    noteAnswer(node.body);
  } else if (ts.isClassLike(node)) {
    noteClass(node);
  }
  noteChoices(node);

  function typeOf(at: ts.Node): ts.Type {
    return checker.getTypeAtLocation(at);
  }

  /** A type that fits another one is left out of the type of a choice or a list between both: it is taken as the other. */
  function noteChoices(node: ts.Node): void {
    for (const each of choicesOf(node)) {
      const whole = typeOf(node);
      const taken = ts.isArrayLiteralExpression(node) ? whole.getNumberIndexType() : whole;
      if (taken !== undefined) {
        flow.pass(typeOf(each), taken, false);
      }
    }
  }

  function noteAnswer(answer: ts.Expression | undefined): void {
    const wanted = answer === undefined ? undefined : checker.getContextualType(answer);
    if (answer !== undefined && wanted !== undefined) {
      flow.pass(typeOf(answer), wanted, isRead);
    }
  }

  function noteArguments(call: ts.CallExpression | ts.NewExpression): void {
    const signature = checker.getResolvedSignature(call);
    const isSent = senders.test(signature?.declaration?.getSourceFile().fileName ?? '');
    if (isSent) {
      call.typeArguments?.forEach((each) => flow.readWhole(checker.getTypeFromTypeNode(each)));
    }
    for (const [index, argument] of (call.arguments ?? []).entries()) {
      const wanted = signature === undefined ? undefined : wantedAt(signature, index, call);
      for (const type of [wanted, demandedAt(signature, index)].filter((each) => each !== undefined)) {
        flow.pass(typeOf(argument), type, isRead);
      }
      if (isSent) {
        flow.readWhole(typeOf(argument));
      }
    }
  }

  /** What a generic function of ours declares for an argument, before it is known for which type it is called. */
  function demandedAt(signature: ts.Signature | undefined, index: number): ts.Type | undefined {
    const declared = signature?.declaration;
    if (declared?.getSourceFile().fileName.includes('/node_modules/') === true) {
      return undefined;
    }
    const isGeneric = declared?.typeParameters?.some(
      (each) => ts.isTypeParameterDeclaration(each) && each.constraint,
    );
    const parameter = isGeneric === true ? declared?.parameters[index] : undefined;
    return parameter === undefined ? undefined : typeOf(parameter);
  }

  function wantedAt(signature: ts.Signature, index: number, call: ts.Node): ts.Type | undefined {
    const parameters = signature.getParameters();
    const last = parameters.at(-1);
    const parameter = parameters[index] ?? last;
    if (parameter === undefined) {
      return undefined;
    }
    const type = checker.getTypeOfSymbolAtLocation(parameter, call);
    const declared = parameter.valueDeclaration;
    const isRest =
      declared !== undefined && ts.isParameter(declared) && declared.dotDotDotToken !== undefined;
    return isRest ? type.getNumberIndexType() : type;
  }

  function noteClass(node: ts.ClassLikeDeclaration): void {
    const own = typeOf(node);
    for (const { types } of node.heritageClauses ?? []) {
      types.forEach((each) => flow.pass(own, typeOf(each), isRead));
    }
  }
}

const either: readonly ts.SyntaxKind[] = [ts.SyntaxKind.QuestionQuestionToken, ts.SyntaxKind.BarBarToken];

/** The expressions of which an expression is one, or which a list is made of. */
function choicesOf(node: ts.Node): readonly ts.Expression[] {
  if (ts.isConditionalExpression(node)) {
    return [node.whenTrue, node.whenFalse];
  }
  if (ts.isArrayLiteralExpression(node)) {
    return node.elements.filter((each) => !ts.isSpreadElement(each));
  }
  const isEither = ts.isBinaryExpression(node) && either.includes(node.operatorToken.kind);
  return isEither ? [node.left, node.right] : [];
}

type Annotated = ts.Node & { readonly type: ts.TypeNode; readonly initializer: ts.Expression };

function isAnnotated(node: ts.Node): node is Annotated {
  return (
    (ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isPropertyDeclaration(node)) &&
    node.type !== undefined &&
    node.initializer !== undefined
  );
}
