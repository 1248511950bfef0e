import { z } from 'zod';
import type { ArmResource } from '../contract/observation.ts';
import { RemediationError } from '../errors.ts';
import { nameIn, typeIn } from '../resource-id.ts';

/** A resource by its id, which says name and type too: an answer that leaves them out can be read all the same. */
export const Resource = z
  .looseObject({
    id: z.string().startsWith('/'),
    name: z.string().optional().catch(undefined),
    type: z.string().optional().catch(undefined),
  })
  .transform(({ id, name = nameIn(id), type = typeIn(id), ...rest }) => ({ ...rest, id, name, type }));
const Page = z.looseObject({ value: z.array(z.unknown()) });

/** The resource in an answer, unknown properties kept. @throws RemediationError `malformed-input` */
export function parseArmResource(body: string, what: string): ArmResource {
  return parse(Resource, body, what);
}

/** What one page of a list holds. */
export interface ArmPage {
  readonly resources: readonly ArmResource[];
  /** Why an item cannot be read, where one cannot: it keeps nobody from looking at the others. */
  readonly fault: RemediationError | undefined;
}

/** @throws RemediationError `malformed-input` for an answer that is no page of a list */
export function parseArmPage(body: string, what: string): ArmPage {
  const resources: ArmResource[] = [];
  let fault: RemediationError | undefined;
  for (const [index, item] of parse(Page, body, what).value.entries()) {
    const result = Resource.safeParse(item);
    if (result.success) {
      resources.push(result.data);
    } else {
      fault ??= malformed(what, `value.${index}`, result.error);
    }
  }
  return { resources, fault };
}

/** An answer that is read as a schema says. @throws RemediationError `malformed-input` */
export function parseArmBody<T>(schema: z.ZodType<T>, body: string, what: string): T {
  return parse(schema, body, what);
}

function parse<T>(schema: z.ZodType<T>, body: string, what: string): T {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    throw new RemediationError('malformed-input', `Cannot read ${what}: the answer is not JSON`, {
      cause: error,
    });
  }
  const result = schema.safeParse(json);
  if (!result.success) {
    throw malformed(what, '', result.error);
  }
  return result.data;
}

function malformed(what: string, place: string, { issues: [issue] }: z.ZodError): RemediationError {
  const path = [...(place === '' ? [] : [place]), ...(issue?.path.map(String) ?? [])].join('.');
  return new RemediationError('malformed-input', `Cannot read ${what}: ${path}: ${issue?.message ?? ''}`);
}
