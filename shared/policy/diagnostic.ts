/** Where in a document something is: keys and positions from its root. */
export type Path = readonly (string | number)[];

/** Something that is wrong with a document, or that its author may not have meant. */
export interface Diagnostic {
  /** With an error the document does not take effect. */
  readonly severity: 'error' | 'warning';
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** Such as `rules[0].mode`; empty for the document. */
  readonly path: string;
  /** What is wrong. */
  readonly message: string;
  /** What to do about it. */
  readonly mend: string;
}

/** Something to say about a path, before its place in the text is known. */
export interface Remark {
  readonly severity: Diagnostic['severity'];
  readonly path: Path;
  /** Whether the key is meant rather than the value. */
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

/** One line for logs and for the ledger. */
export function diagnosticLine({ line, column, path, message, mend }: Diagnostic): string {
  return `${line}:${column}: ${path === '' ? '' : `${path}: `}${message}; ${mend}`;
}

/** By place; errors first where two are at one place. */
export function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.toSorted(
    (one, other) =>
      one.line - other.line || one.column - other.column || one.severity.localeCompare(other.severity),
  );
}
