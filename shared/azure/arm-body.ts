import { z } from 'zod';
import type { ArmResource } from '../engine/remediator.ts';
import { RemediationError } from '../errors.ts';

const Resource = z.looseObject({
  id: z.string().startsWith('/'),
  name: z.string(),
  type: z.string(),
});
const Page = z.looseObject({ value: z.array(Resource) });

/** The resource in an answer, unknown properties kept. @throws RemediationError `malformed-input` */
export function parseArmResource(body: string, what: string): ArmResource {
  return parse(Resource, body, what) as ArmResource;
}

/** The resources of one page of a list. @throws RemediationError `malformed-input` */
export function parseArmPage(body: string, what: string): readonly ArmResource[] {
  return parse(Page, body, what).value as ArmResource[];
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
    const [issue] = result.error.issues;
    throw new RemediationError(
      'malformed-input',
      `Cannot read ${what}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    );
  }
  return result.data;
}
