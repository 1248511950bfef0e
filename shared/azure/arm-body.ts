import { z } from 'zod';
import type { ArmResource } from '../contract/observation.ts';
import { RemediationError } from '../errors.ts';
import { readJsonAs } from '../read-as.ts';
import { nameIn, typeIn } from '../resource-id.ts';
import { schemaFault } from '../text/schema-fault.ts';

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
  return readJsonAs(Resource, body, what);
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
  for (const [index, item] of readJsonAs(Page, body, what).value.entries()) {
    const result = Resource.safeParse(item);
    if (result.success) {
      resources.push(result.data);
    } else {
      const detail = schemaFault(result.error, `value.${index}`);
      fault ??= new RemediationError('malformed-input', `Cannot read ${what}: ${detail}`);
    }
  }
  return { resources, fault };
}
