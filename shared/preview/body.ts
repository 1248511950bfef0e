import { z } from 'zod';
import type { ArmResource } from '../contract/observation.ts';
import type { Json, JsonObject } from '../contract/json.ts';
import { RemediationError } from '../errors.ts';
import { readJson } from '../read-as.ts';
import { nameIn, typeIn } from '../resource-id.ts';
import { schemaFault } from '../text/schema-fault.ts';
import { redact } from '../text/secrets.ts';

/** The place from which something was read. */
export interface Place {
  readonly file: string;
  readonly line: number;
  /** Number of the record among those that begin on the line, from 1; the first if absent. */
  readonly item?: number;
}

/**
 * The source of a body. `resource-graph` and `predicted` bodies may lack properties that the resource has, or will
 * have. Bodies of Resource Manager's generic list carry no properties at all.
 */
export type BodySource = 'resource-manager' | 'resource-graph' | 'predicted';

/** The body of one resource, and how far it can be believed. */
export interface PreviewBody {
  readonly resource: ArmResource;
  /** True if a missing property is really absent. */
  readonly isComplete: boolean;
  /** True if the predicting deployment was not told its subscription and resource group. */
  readonly isUnplaced: boolean;
  readonly source: BodySource;
  readonly place: Place;
}

/** A deployment without a target gives no id, so type and name must be there. */
const Predicted = { id: z.string(), name: z.string(), type: z.string() };
/** An id also tells name and type, so a list without those two can be read. */
const Given = {
  id: z.string(),
  name: z.string().optional().catch(undefined),
  type: z.string().optional().catch(undefined),
};
const rest = {
  properties: z.record(z.string(), z.json()).nullish(),
  tags: z.record(z.string(), z.json()).nullish(),
};
const PredictedResource = z.looseObject({ ...Predicted, ...rest });
const GivenResource = z.looseObject({ ...Given, ...rest });

/** Stands in for subscription and group where a deployment does not name them. */
const unplaced = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/unresolved';

/** Names that the Azure CLI gives to properties when it flattens a storage account. */
const flattened = ['enableHttpsTrafficOnly', 'networkRuleSet', 'primaryEndpoints', 'allowBlobPublicAccess'];

/**
 * Reads one record of an inventory or of a predicted deployment.
 * @throws RemediationError `malformed-input` that names the place, the expected content and how to get it
 */
export function readBody(text: string, source: BodySource, place: Place): PreviewBody {
  const json = parseJson(text, place);
  refuseFlattened(json, place);
  refuseOtherFiles(json, place);
  const result =
    source === 'predicted'
      ? PredictedResource.safeParse(withoutExpressions(json))
      : GivenResource.safeParse(json);
  if (!result.success) {
    throw malformed(place, json, result.error);
  }
  const { id } = result.data;
  const { type = typeIn(id), name = nameIn(id) } = result.data;
  const isUnplaced = isPlaceless(id, source, place);
  const isWhole = result.data.properties !== null && result.data.properties !== undefined;
  return {
    resource: {
      ...(result.data as JsonObject),
      id: isUnplaced ? unplacedId(type, name) : id,
      type,
      name: name.slice(name.lastIndexOf('/') + 1),
      ...(isWhole ? {} : { properties: {} }),
    },
    isComplete: source === 'resource-manager' && isWhole && !isFromResourceGraph(result.data),
    isUnplaced,
    source,
    place,
  };
}

/** Only a deployment may leave out where its resources go. */
function isPlaceless(id: string, source: BodySource, place: Place): boolean {
  if (id.startsWith('/')) {
    return false;
  }
  if (source !== 'predicted') {
    throw new RemediationError(
      'malformed-input',
      `Cannot read ${at(place)}: id: expected an id such as "/subscriptions/..."`,
    );
  }
  return true;
}

export function parseJson(text: string, place: Place): unknown {
  return readJson(text, at(place));
}

/** A place in the words of a message. */
export function at({ file, line, item = 1 }: Place): string {
  return `"${file}", line ${line}${item === 1 ? '' : `, item ${item}`}`;
}

function malformed(place: Place, json: unknown, error: z.ZodError): RemediationError {
  const members = typeof json === 'object' && json !== null ? json : {};
  const properties = 'properties' in members ? members.properties : undefined;
  const what = 'id' in members ? schemaFault(error) : 'id: it has none';
  const isOfDataPlane = typeof properties === 'object' && properties !== null && 'lastModified' in properties;
  const mend = mendOf(isOfDataPlane, 'id' in members);
  return new RemediationError('malformed-input', redact(`Cannot read ${at(place)}: ${what}${mend}`));
}

function mendOf(isOfDataPlane: boolean, hasId: boolean): string {
  if (isOfDataPlane) {
    return '; "az storage container list" does not give resources: list them through Resource Manager';
  }
  return hasId ? '' : `; expected a resource with an "id", or a list of them: ${listShapes}`;
}

const listShapes =
  '[...], {"value": [...]}, {"data": [...]} of Resource Graph, or {"predictedResources": [...]} of "bicep snapshot"';

/** Refuses files that people have at hand and that do not hold resources as they are or will be. */
function refuseOtherFiles(json: unknown, place: Place): void {
  if (typeof json !== 'object' || json === null || 'id' in json) {
    return;
  }
  const [why] = otherFiles.filter(({ member }) => member in json);
  if (why !== undefined) {
    throw new RemediationError(
      'malformed-input',
      `Cannot read ${at(place)}: ${why.what}: predict with "bicep snapshot", as --help shows; or give ${listShapes}`,
    );
  }
}

const otherFiles = [
  {
    member: 'changes',
    what: '"changes" is of "az deployment ... what-if", which leaves out what does not change',
  },
  { member: 'resources', what: '"resources" is of a template, whose expressions nobody has worked out' },
];

/**
 * Refuses records of the Azure CLI, which renames properties and moves them up. Guessing which version renames which
 * property would be unsafe.
 */
function refuseFlattened(json: unknown, place: Place): void {
  if (typeof json !== 'object' || json === null || 'properties' in json) {
    return;
  }
  const name = flattened.find((each) => each in json);
  if (name !== undefined) {
    throw new RemediationError(
      'malformed-input',
      `Cannot read ${at(place)}: "${name}" is a name of "az storage account list", not one of Resource Manager. ` +
        'List with: az rest --method get --url "/subscriptions/<id>/providers/Microsoft.Storage/storageAccounts?api-version=2025-06-01"',
    );
  }
}

/** Rows of Resource Graph name their tenant, which no body of Resource Manager does. */
function isFromResourceGraph(resource: object): boolean {
  return 'tenantId' in resource && 'subscriptionId' in resource;
}

const expression = /^\[(?!\[)[\s\S]*\]$/;

/** The body without the expressions that the deployment has not evaluated: their values are unknown. */
function withoutExpressions(json: unknown): unknown {
  if (typeof json !== 'object' || json === null || !('type' in json) || !('name' in json)) {
    return json;
  }
  const { id, name, type, ...rest } = json as Record<string, Json>;
  return {
    ...(evaluated(rest) as JsonObject),
    // The name must stay distinct, evaluated or not.
    id: typeof id === 'string' && expression.test(id) ? '' : id,
    name: typeof name === 'string' ? name.replace(expression, (text) => text.replaceAll('/', '|')) : name,
    type,
  };
}

function evaluated(value: Json): Json | undefined {
  if (typeof value === 'string') {
    // Two brackets stand for one.
    return expression.test(value) ? undefined : value.replace(/^\[\[/, '[');
  }
  if (Array.isArray(value)) {
    return value.map((each: Json) => evaluated(each) ?? null);
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, member]) => [name, evaluated(member)] as const);
    return Object.fromEntries(members.filter((member): member is [string, Json] => member[1] !== undefined));
  }
  return value;
}

/** The id of a resource by its type and name: a snapshot without a subscription gives only those. */
function unplacedId(type: string, name: string): string {
  const [namespace = '', ...types] = type.split('/');
  const names = name.split('/');
  const segments = types.map((each, index) => `${each}/${names[index] ?? 'unresolved'}`);
  return `${unplaced}/providers/${namespace}/${segments.join('/')}`;
}
