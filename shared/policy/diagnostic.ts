/** A place in a document: keys and positions from its root. */
export type Path = readonly (string | number)[];

/** A fault of a document, or something that its author may not have meant. */
export interface Diagnostic {
  /** A document with an error does not take effect. */
  readonly severity: 'error' | 'warning';
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units. */
  readonly column: number;
  /** A text such as `rules[0].mode`; empty for the whole document. */
  readonly path: string;
  readonly message: string;
  /** The remedy. */
  readonly mend: string;
}

/** A diagnostic at a path, before its place in the text is known. */
export interface Remark {
  readonly severity: Diagnostic['severity'];
  readonly path: Path;
  /** True if the remark is about the key rather than the value. */
  readonly atKey?: boolean;
  readonly message: string;
  readonly mend: string;
}

export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') {
      return `${text}[${part}]`;
    }
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

/** A diagnostic as one line, for logs and the ledger. */
export function diagnosticLine({ line, column, path, message, mend }: Diagnostic): string {
  return `${line}:${column}: ${path === '' ? '' : `${path}: `}${message}; ${mend}`;
}

/** Line and column of an offset into a text, both counted from 1. */
export function placeAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, Math.max(0, offset)).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Nobody reads more. */
const mostTold = 100;

/** Sorts diagnostics by place. Too many are cut, warnings before errors. */
export function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const errorsFirst = diagnostics.toSorted((one, other) => one.severity.localeCompare(other.severity));
  return errorsFirst
    .slice(0, mostTold)
    .toSorted((one, other) => one.line - other.line || one.column - other.column);
}
