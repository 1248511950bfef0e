/** What is wrong with a query, and where. It becomes one of the details of Azure's 400. */
export class QueryError extends Error {
  /** Such as `ParserFailure`. */
  readonly code: string;
  /** The text at fault; `<EOF>` at the end. */
  readonly token: string;
  /** Offset into the query, from 0. */
  readonly position: number;

  constructor(code: string, message: string, token: string, position: number) {
    super(message);
    this.code = code;
    this.token = token;
    this.position = position;
  }
}

/** Where in a text an offset lies: lines from 1, characters from 0, as Resource Graph counts. */
export function placeOf(
  text: string,
  position: number,
): { readonly line: number; readonly character: number } {
  const before = text.slice(0, position).split('\n');
  return { line: before.length, character: before.at(-1)?.length ?? 0 };
}

/** Something that Kusto may know and this evaluator does not: said, never guessed. */
export function notModelled(what: string, token: string, position: number): QueryError {
  return new QueryError('NotModelled', `${what} is not modelled by this Resource Graph`, token, position);
}

/** A combination of types that Kusto refuses, or one that is not modelled. */
export function semanticError(message: string, token: string, position: number): QueryError {
  return new QueryError('SemanticError', message, token, position);
}
