import { isBody } from '../arm-body.ts';
import type { ArmBody } from '../arm-body.ts';

/** Values that later versions of the API than the files have; by the name of the enumeration in the files. */
const laterValues: Readonly<Record<string, readonly string[]>> = {
  SkuName: [
    'StandardV2_LRS',
    'StandardV2_GRS',
    'StandardV2_ZRS',
    'StandardV2_GZRS',
    'PremiumV2_LRS',
    'PremiumV2_ZRS',
  ],
};

/**
 * Turns a definition of an OpenAPI 2.0 file into a schema of how Azure reads a request: names and enumerations are known in
 * any case, null means that nothing was said, what only the service sets is passed over.
 */
export function prepareSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) {
    return (schema as unknown[]).map(prepareSchema);
  }
  if (!isBody(schema)) {
    return schema;
  }
  const { enum: values, properties, required, ...rest } = schema;
  const kept = Object.entries(rest).filter(([name]) => !name.startsWith('x-ms') && name !== 'description');
  return {
    ...Object.fromEntries(kept.map(([name, value]) => [name, prepareSchema(value)])),
    ...typeOf(schema),
    ...(Array.isArray(values) ? { azureEnum: [...(values as unknown[]), ...laterOf(schema)] } : {}),
    ...(isBody(properties) ? prepareProperties(properties) : {}),
    ...(Array.isArray(required)
      ? { required: required.filter((name) => !isReadOnly(properties, name)) }
      : {}),
  };
}

/** Files leave out the type of what has properties. */
function typeOf({ type, properties }: ArmBody): ArmBody {
  const stated = isBody(properties) ? 'object' : type;
  return typeof stated === 'string' ? { type: stated, nullable: true } : {};
}

function prepareProperties(properties: ArmBody): ArmBody {
  const settable = Object.entries(properties).filter(([name]) => !isReadOnly(properties, name));
  return {
    azureNames: Object.keys(properties),
    properties: Object.fromEntries(settable.map(([name, value]) => [name, prepareSchema(value)])),
  };
}

function isReadOnly(properties: unknown, name: unknown): boolean {
  const property = isBody(properties) ? properties[String(name)] : undefined;
  return isBody(property) && property.readOnly === true;
}

function laterOf(schema: ArmBody): readonly string[] {
  const named = schema['x-ms-enum'];
  return isBody(named) ? (laterValues[String(named.name)] ?? []) : [];
}
