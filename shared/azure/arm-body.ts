import { z } from 'zod';
import type { ArmResource } from '../contract/observation.ts';
import { RemediationError } from '../errors.ts';
import { readJsonAs } from '../read-as.ts';
import { nameIn, typeIn } from '../resource-id.ts';
import { schemaFault } from '../text/schema-fault.ts';

/** A resource by its id, which also tells name and type: an answer without those two can still be read. */
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

/** The items of one page of a list. */
export interface ArmPage {
  readonly resources: readonly ArmResource[];
  /** The fault of an unreadable item, if there is one: it must not keep the others from being looked at. */
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
