import type { ArmPath } from './arm-path.ts';
import { typeOf } from './arm-path.ts';
import type { ResourceType } from './resource-type.ts';

const verbs: Readonly<Record<string, string>> = {
  GET: 'read',
  HEAD: 'read',
  PUT: 'write',
  PATCH: 'write',
  DELETE: 'delete',
};

/** Verb of an operation in the errors of missing parents: `read`, `write`, `delete`. */
export function verbOf(method: string): string {
  return verbs[method] ?? 'action';
}

/** The operation that role definitions name: from method and path, in the type's own spelling where it is known. */
export function operationName(method: string, path: ArmPath, type: ResourceType | undefined): string {
  if (method !== 'POST') {
    return `${type?.type ?? typeOf(path)}/${verbOf(method)}`;
  }
  const requested = path.types.at(-1) ?? '';
  const known = type?.actions.find(({ name }) => name.toLowerCase() === requested.toLowerCase());
  const parent = type?.type ?? [path.namespace, ...path.types.slice(0, -1)].join('/');
  return `${parent}/${known?.name ?? requested}/action`;
}

/** The type that a path is about: its own, or that of the resource on which an action is called. */
export function findType(
  method: string,
  path: ArmPath,
  catalogue: readonly ResourceType[],
): ResourceType | undefined {
  const isAction = method === 'POST' && !path.isResource;
  const wanted = typeOf(isAction ? { ...path, types: path.types.slice(0, -1) } : path).toLowerCase();
  return catalogue.find(({ type }) => type.toLowerCase() === wanted);
}
