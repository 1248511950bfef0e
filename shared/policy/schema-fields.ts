import { ownMember } from '../own-member.ts';
import { z } from 'zod';
import type { Path } from './diagnostic.ts';
import { PolicyDocument } from './document.ts';

/** The part of JSON Schema that the schema of the document uses. */
interface SchemaNode {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | false;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly enum?: readonly string[];
}

/** The schema of the document, as JSON Schema. */
export function jsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(PolicyDocument, { io: 'input' });
}

/** The root of that schema. Building it takes long, so it is built once, and only for a document with a fault. */
const rootSchema = once(() => jsonSchema() as SchemaNode);

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** The schema's knowledge of one path. */
export interface Field {
  readonly description: string | undefined;
  /** Keys that are known there. */
  readonly keys: readonly string[];
  /** Values that are known there. */
  readonly values: readonly string[];
}

export function fieldAt(path: Path): Field {
  const root = rootSchema();
  let nodes: readonly SchemaNode[] = [root];
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

function below(node: SchemaNode, part: string | number): readonly SchemaNode[] {
  return alternatives(node).flatMap(({ items, properties, additionalProperties }) => {
    if (typeof part === 'number') {
      return items ?? [];
    }
    const known = properties && ownMember(properties, part);
    return known ?? (additionalProperties === false ? [] : (additionalProperties ?? []));
  });
}

function alternatives(node: SchemaNode): readonly SchemaNode[] {
  return node.anyOf === undefined ? [node] : [node, ...node.anyOf.flatMap(alternatives)];
}
