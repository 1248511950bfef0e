import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { DataValidationCxt } from 'ajv/dist/types/index.js';
import { isBody } from '../arm-body.ts';
import type { ArmBody } from '../arm-body.ts';
import { ArmError, invalidValues } from '../arm-error.ts';
import { prepareSchema } from './prepare-schema.ts';

const root = new URL('../../fixtures/specification/', import.meta.url);
const storage = 'storage/resource-manager/Microsoft.Storage/stable/2023-05-01';
const files = [
  'common-types/resource-management/v1/types.json',
  ...['common', 'privatelinks', 'storage', 'blob', 'file'].map((name) => `${storage}/${name}.json`),
];
const compiled = new Map<string, ValidateFunction>();
let reader: Ajv | undefined;

/**
 * Reads a request as the storage provider does: against a definition of its OpenAPI files, such as
 * `storage.json#/definitions/StorageAccountCreateParameters`. Names and values come back in Azure's spelling.
 *
 * @throws ArmError 400 `RequestIsNotValidJson` for a wrong type, `InvalidValuesForRequestParameters` for all else
 */
export function readStorageRequest(definition: string, request: ArmBody): ArmBody {
  const validate = compiled.get(definition) ?? compile(definition);
  const read = structuredClone(request);
  if (validate(read)) {
    return read;
  }
  const errors = validate.errors ?? [];
  if (errors.some(({ keyword }) => keyword === 'type')) {
    throw new ArmError(
      400,
      'RequestIsNotValidJson',
      `The request cannot be interpreted as valid Json: ${JSON.stringify(request)}.`,
    );
  }
  throw invalidValues([...new Set(errors.map(nameOf))]);
}

function compile(definition: string): ValidateFunction {
  reader ??= makeReader();
  const validate = reader.compile({ $ref: new URL(`${storage}/${definition}`, root).href });
  compiled.set(definition, validate);
  return validate;
}

function makeReader(): Ajv {
  // Files of OpenAPI have words that JSON Schema has not; formats such as "duration" are left to the service.
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false });
  ajv.addKeyword({
    keyword: 'azureNames',
    before: 'properties',
    schemaType: 'array',
    modifying: true,
    validate: spellNames,
  });
  ajv.addKeyword({ keyword: 'azureEnum', schemaType: 'array', modifying: true, validate: spellValue });
  for (const file of files) {
    const { definitions } = JSON.parse(readFileSync(new URL(file, root), 'utf8')) as ArmBody;
    const prepared = Object.entries(definitions ?? {}).map(([name, schema]) => [name, prepareSchema(schema)]);
    ajv.addSchema({ $id: new URL(file, root).href, definitions: Object.fromEntries(prepared) as ArmBody });
  }
  return ajv;
}

/** Gives members that are known in any case the name that the files have. */
function spellNames(names: readonly string[], data: unknown): boolean {
  if (isBody(data)) {
    for (const [name, value] of Object.entries(data)) {
      const known = names.find((one) => one.toLowerCase() === name.toLowerCase());
      if (known !== undefined && known !== name) {
        Reflect.set(data, known, value);
        Reflect.deleteProperty(data, name);
      }
    }
  }
  return true;
}

/** Gives a value the spelling that the files have. Some are several, with commas between: `Logging, Metrics`. */
function spellValue(
  values: readonly string[],
  data: unknown,
  _schema?: unknown,
  at?: DataValidationCxt,
): boolean {
  if (typeof data !== 'string') {
    return true;
  }
  const find = (part: string) => values.find((value) => bare(value) === bare(part));
  const parts = data.split(',').map(find);
  const found = find(data) ?? (parts.every((part) => part !== undefined) ? parts.join(', ') : undefined);
  if (found === undefined || at === undefined) {
    return found !== undefined;
  }
  Reflect.set(at.parentData as object, at.parentDataProperty, found);
  return true;
}

function bare(value: string): string {
  return value.replaceAll(' ', '').toLowerCase();
}

/** How Azure names what is wrong: `sku` for its name, and without `properties` before it. */
function nameOf({ instancePath, keyword, params }: ErrorObject): string {
  const missing = keyword === 'required' ? [String(params.missingProperty)] : [];
  const path = [...instancePath.split('/').slice(1), ...missing].filter((name) => !/^\d+$/.test(name));
  const own = path[0] === 'properties' ? path.slice(1) : path;
  return own[0] === 'sku' ? 'sku' : own.join('.');
}
