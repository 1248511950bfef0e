import { z } from 'zod';
import type { Path } from './diagnostic.ts';
import { PolicyDocument } from './document.ts';

/** The part of JSON Schema that the schema of the document uses. */
interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | false;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly enum?: readonly string[];
}

/** The schema of the document, as JSON Schema. */
export function jsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(PolicyDocument, { io: 'input' });
}

let root: Node | undefined;

/** The schema's knowledge of one path. */
export interface Field {
  readonly description: string | undefined;
  /** Keys that are known there. */
  readonly keys: readonly string[];
  /** Values that are known there. */
  readonly values: readonly string[];
}

export function fieldAt(path: Path): Field {
  root ??= jsonSchema() as Node;
  let nodes: readonly Node[] = [root];
  let description: string | undefined = root.description;
  for (const part of path) {
    nodes = nodes.flatMap((node) => below(node, part));
    description = nodes.map((node) => node.description).find((text) => text !== undefined) ?? description;
  }
  const all = nodes.flatMap(alternatives);
  return {
    description,
    keys: all.flatMap(({ properties }) => Object.keys(properties ?? {})),
    values: all.flatMap((node) => node.enum ?? []),
  };
}

function below(node: Node, part: string | number): readonly Node[] {
  return alternatives(node).flatMap(({ items, properties, additionalProperties }) => {
    if (typeof part === 'number') {
      return items ?? [];
    }
    const known = properties !== undefined && Object.hasOwn(properties, part) ? properties[part] : undefined;
    return known ?? (additionalProperties === false ? [] : (additionalProperties ?? []));
  });
}

function alternatives(node: Node): readonly Node[] {
  return node.anyOf === undefined ? [node] : [node, ...node.anyOf.flatMap(alternatives)];
}
