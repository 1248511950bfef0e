import { readFileSync } from 'node:fs';
import type { ArmResource } from '../../shared/contract/observation.ts';
import type { Json } from '../../shared/contract/json.ts';
import { valueAt } from './arm-change.ts';

/** The part of Azure Policy's rule language that the definitions of our controls use. */
type Clause =
  | { readonly allOf: readonly Clause[] }
  | { readonly anyOf: readonly Clause[] }
  | { readonly not: Clause }
  | ({ readonly field: string } & Operator)
  | ({ readonly value: string } & Operator);

interface Operator {
  readonly equals?: string;
  readonly notEquals?: string;
  readonly exists?: string;
  readonly contains?: string;
  readonly like?: string;
  readonly less?: string;
}

interface Definition {
  readonly name: string;
  readonly properties: {
    readonly policyRule: { readonly if: Clause };
    readonly parameters?: Readonly<Record<string, { readonly defaultValue?: string }>>;
  };
}

export function readPolicy(file: URL): Definition {
  return JSON.parse(readFileSync(file, 'utf8')) as Definition;
}

/** Whether the definition, with the default of each parameter, calls the resource non-compliant. */
export function isFlagged({ properties }: Definition, resource: ArmResource, apiVersion: string): boolean {
  const resolve = (text: string): string => {
    const parameter = /^\[parameters\('(\w+)'\)\]$/.exec(text)?.[1];
    if (parameter !== undefined) {
      return properties.parameters?.[parameter]?.defaultValue ?? '';
    }
    return text === '[requestContext().apiVersion]' ? apiVersion : text;
  };
  const holds = (clause: Clause): boolean => {
    if ('allOf' in clause) {
      return clause.allOf.every(holds);
    }
    if ('anyOf' in clause) {
      return clause.anyOf.some(holds);
    }
    if ('not' in clause) {
      return !holds(clause.not);
    }
    const actual = 'field' in clause ? fieldOf(resource, clause.field) : resolve(clause.value);
    return operatorHolds(actual, clause, resolve);
  };
  return holds(properties.policyRule.if);
}

/** An alias of a storage account is its property path after the type. */
function fieldOf(resource: ArmResource, field: string): Json | undefined {
  const path = field.replace(/^Microsoft\.Storage\/storageAccounts\//, 'properties.');
  return valueAt(resource, path);
}

/** Azure Policy compares as text, without regard to case; an absent field equals nothing. */
function operatorHolds(
  actual: Json | undefined,
  operator: Operator,
  resolve: (text: string) => string,
): boolean {
  const text = actual === undefined ? undefined : toText(actual);
  const { equals, notEquals, exists, contains, like, less } = operator;
  const operand = (value: string) => resolve(value).toLowerCase();
  return [
    equals === undefined || text === operand(equals),
    notEquals === undefined || text !== operand(notEquals),
    exists === undefined || (text !== undefined) === (exists === 'true'),
    contains === undefined || text?.includes(operand(contains)) === true,
    like === undefined || text?.startsWith(operand(like).replace(/\*$/, '')) === true,
    less === undefined || (text !== undefined && text < operand(less)),
  ].every(Boolean);
}

function toText(value: Json): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).toLowerCase();
}
