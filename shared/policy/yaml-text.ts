import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type ParsedNode,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import type { Diagnostic, Path, Remark } from './diagnostic.ts';
import { pathText, placeAt } from './diagnostic.ts';

/** The value of a text, and the place of each of its parts. */
export interface YamlText {
  readonly value: unknown;
  readonly faults: readonly Diagnostic[];
  /** The place of a remark: that of the nearest part that exists. */
  readonly place: (remark: Remark) => Diagnostic;
}

interface Walk {
  readonly faults: Fault[];
  readonly values: Map<string, number>;
  readonly keys: Map<string, number>;
  nodes: number;
  /** True once parts were skipped, which is told once. */
  isCut: boolean;
}

interface Fault {
  readonly offset: number;
  readonly path: Path;
  readonly message: string;
  readonly mend: string;
}

const mostDepth = 16;
const mostNodes = 20_000;

/** Reads YAML, or JSON, which is YAML too. Bounded; never throws on a text. */
export function readYaml(text: string): YamlText {
  // Duplicate keys are found below: the library looks for them in quadratic time.
  const document = parseDocument(text, {
    uniqueKeys: false,
    prettyErrors: false,
    version: '1.2',
    schema: 'core',
  });
  const walk: Walk = { faults: [], values: new Map(), keys: new Map(), nodes: 0, isCut: false };
  const syntax = syntaxFaults([...document.errors, ...document.warnings]);
  const value = syntax.length > 0 ? undefined : valueOf(document.contents, [], walk);
  const told = [...syntax, ...walk.faults].slice(0, 100);
  return {
    value,
    faults: told.map(({ offset, path, message, mend }) => ({
      severity: 'error',
      ...placeAt(text, offset),
      path: pathText(path),
      message,
      mend,
    })),
    place: ({ path, atKey, severity, message, mend }) => {
      const places = atKey ? [walk.keys, walk.values] : [walk.values];
      return { severity, ...placeAt(text, offsetOf(path, places)), path: pathText(path), message, mend };
    },
  };
}

/** Nesting that went too deep left the rest of the text unread, so only that fault is told. */
function syntaxFaults(errors: readonly YAMLError[]): readonly Fault[] {
  const tooDeep = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  return (tooDeep ? [tooDeep] : errors).map(({ code, pos, message }) => ({
    offset: pos[0],
    path: [],
    message: code === 'MULTIPLE_DOCS' ? 'there is more than one document' : `not YAML: ${brief(message)}`,
    mend: mends[code] ?? 'correct the YAML here',
  }));
}

/** The parser quotes the text that it does not understand: that may be the whole rest of the document. */
function brief(message: string): string {
  const most = 120;
  return message.length <= most ? message : `${message.slice(0, most).toWellFormed()}…`;
}

const mends: Readonly<Partial<Record<string, string>>> = {
  TAB_AS_INDENT: 'indent with blanks',
  MULTIPLE_DOCS: 'keep one document in the file, without "---" after it',
  TAG_RESOLVE_FAILED: 'write a plain value, without "!" before it',
  RESOURCE_EXHAUSTION: `nest at most ${mostDepth} deep`,
  MISSING_CHAR: 'put in what is missing: a quote, a bracket, a comma or a colon',
  BAD_INDENT: 'indent alike what belongs together',
  BAD_ALIAS: 'write the value out',
};

function offsetOf(path: Path, places: readonly ReadonlyMap<string, number>[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const key = JSON.stringify(path.slice(0, length));
    const offset = places.map((map) => map.get(key)).find((found) => found !== undefined);
    if (offset !== undefined) {
      return offset;
    }
  }
  return 0;
}

function valueOf(node: ParsedNode | null, path: Path, walk: Walk): unknown {
  walk.nodes += 1;
  if (node === null) {
    return null;
  }
  const offset = node.range[0];
  walk.values.set(JSON.stringify(path), offset);
  if (walk.nodes > mostNodes || path.length > mostDepth) {
    if (!walk.isCut) {
      walk.isCut = true;
      fault(walk, { offset, path, message: 'too large or too deep', mend: `nest at most ${mostDepth} deep` });
    }
    return undefined;
  }
  if (isAlias(node) || node.anchor !== undefined) {
    const mend = 'write the value out: who reviews a policy should not have to follow references';
    fault(walk, { offset, path, message: 'anchors and aliases are not taken', mend });
    return undefined;
  }
  if (isMap(node)) {
    return mapOf(node, path, walk);
  }
  if (isSeq(node)) {
    return node.items.map((item, index) => valueOf(item, [...path, index], walk));
  }
  return isScalar(node) ? node.value : undefined;
}

function mapOf(map: YAMLMap.Parsed, path: Path, walk: Walk): Readonly<Record<string, unknown>> {
  const entries = new Map<string, unknown>();
  for (const { key, value } of map.items) {
    const name = nameOf(key);
    const offset = (key as ParsedNode | null)?.range[0] ?? map.range[0];
    if (name === undefined) {
      const mend = 'write each key as a plain word, or in quotes';
      fault(walk, { offset, path, message: 'a key is not a text', mend });
    } else if (entries.has(name)) {
      const message = `the key "${name}" is there twice`;
      fault(walk, { offset, path: [...path, name], message, mend: 'keep one of the two' });
    } else if (walk.nodes <= mostNodes) {
      walk.keys.set(JSON.stringify([...path, name]), offset);
      entries.set(name, valueOf(value, [...path, name], walk));
    }
  }
  return Object.fromEntries(entries);
}

/** Undefined for a key that is no plain text, and for a name that objects treat specially. */
function nameOf(key: ParsedNode | null): string | undefined {
  const isPlain = isScalar(key) && typeof key.value === 'string' && key.anchor === undefined;
  return isPlain && key.value !== '__proto__' ? (key.value as string) : undefined;
}

function fault(walk: Walk, found: Fault): void {
  // One fault is enough once the bounds are exceeded.
  if (walk.nodes <= mostNodes || walk.faults.length === 0) {
    walk.faults.push(found);
  }
}
