import type { Clock } from '../clock.ts';
import { timestamp } from '../clock.ts';
import type { Caller } from '../entra/caller.ts';
import type { RootType } from '../intake/concerned.ts';
import type { WorkQueue } from '../work/queue.ts';
import type { ResourceId } from '../resource-id.ts';
import { isResourceId, parseResourceId } from '../resource-id.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { LookResult, LookService } from './look-service.ts';
import { lookRoles, mayAskForLook } from './look-service.ts';
import { signedName } from './people-texts.ts';
import { RecentCalls } from './recent-calls.ts';

export interface LookParts {
  readonly rootTypes: readonly Pick<RootType, 'type' | 'parts' | 'rootOf'>[];
  readonly subscriptions: readonly string[];
  readonly queue: () => WorkQueue;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Most looks in a minute, for one person and for one root. Each process counts its own. */
const mostOfPerson = 10;
const mostAtRoot = 4;
const perMs = 60_000;

/** Takes looks that people ask for. A look costs a read, and at most a write that was refused before. */
export function openLookService({ rootTypes, subscriptions, queue, clock, logger }: LookParts): LookService {
  const ofPerson = new RecentCalls(mostOfPerson, perMs);
  const atRoot = new RecentCalls(mostAtRoot, perMs);
  return {
    ask: async (resource, caller) => {
      const refused = notAllowed(caller) ?? faultIn(resource);
      if (refused !== undefined) {
        return refused;
      }
      const id = parseResourceId(resource);
      const root = rootOf(rootTypes, id);
      if (!subscriptions.includes(id.subscriptionId)) {
        return {
          kind: 'refused',
          code: 'not-found',
          message: `The subscription "${id.subscriptionId}" is not guarded: expected ${listed(subscriptions)}`,
        };
      }
      if (root === undefined) {
        return {
          kind: 'refused',
          code: 'malformed',
          message: `Nothing here guards resources of the type "${id.type}": expected the id of one of ${listed(typesOf(rootTypes))}`,
        };
      }
      const now = clock.now().getTime();
      const waitMs = Math.max(ofPerson.waitMs(caller.objectId, now), atRoot.waitMs(root.key, now));
      if (waitMs > 0) {
        const seconds = Math.ceil(waitMs / 1_000);
        const message = `So many looks were asked for just now: ask again in ${seconds} seconds`;
        return { kind: 'refused', code: 'too-many', message, retryAfterInMs: waitMs };
      }
      ofPerson.count(caller.objectId, now);
      atRoot.count(root.key, now);
      await queue().send({
        root: root.text,
        note: {
          id: `look:${clock.uuid()}`,
          time: timestamp(clock),
          resource: id.text,
          source: 'look',
          askedBy: { kind: 'person', objectId: caller.objectId, name: signedName(caller.name) },
        },
      });
      logger.information('Look asked for', { resource: id.text, by: caller.objectId });
      return { kind: 'asked', root: root.text };
    },
  };
}

function notAllowed(caller: Caller): LookResult | undefined {
  return mayAskForLook(caller)
    ? undefined
    : {
        kind: 'refused',
        code: 'not-allowed',
        message: `It takes a person with one of the roles ${lookRoles.join(', ')}`,
      };
}

function faultIn(resource: string): LookResult | undefined {
  if (isResourceId(resource)) {
    return undefined;
  }
  // The message does not repeat the input, which may be anything.
  return {
    kind: 'refused',
    code: 'malformed',
    message:
      'resource: expected the id of a resource, such as "/subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.Storage/storageAccounts/<name>"',
  };
}

function rootOf(rootTypes: LookParts['rootTypes'], id: ResourceId): ResourceId | undefined {
  return rootTypes
    .filter(({ parts }) => parts.has(id.type.toLowerCase()))
    .map((rootType) => rootType.rootOf(id))
    .find((root) => root !== undefined);
}

function typesOf(rootTypes: LookParts['rootTypes']): readonly string[] {
  return rootTypes.flatMap(({ parts }) => [...parts.keys()]);
}

function listed(texts: readonly string[]): string {
  const shown = texts.slice(0, 5).map((text) => `"${text}"`);
  return [...shown, ...(texts.length > 5 ? [`${texts.length - 5} more`] : [])].join(', ');
}
