import { randomUUID } from 'node:crypto';
import type { PrincipalRegistry } from '../identity/principals.ts';
import type { TokenIssuer } from '../identity/tokens.ts';
import type { Operation } from '../operation.ts';
import { checkApiVersion, readApiVersion } from './api-version.ts';
import type { ArmBody } from './arm-body.ts';
import { member } from './arm-body.ts';
import { ArmError, invalidApiVersion, invalidSubscriptionId } from './arm-error.ts';
import type { ArmPath } from './arm-path.ts';
import { decodedPath, parentIdOf, parseArmPath, subscriptionOf } from './arm-path.ts';
import { authenticate } from './authenticate.ts';
import { requireRight } from './authorize.ts';
import type { Answer, Call, Caller } from './call.ts';
import { originOf } from './call.ts';
import { dispatch } from './dispatch.ts';
import type { KeyRing } from './key-ring.ts';
import { LongRunning, isPollPath } from './long-running.ts';
import { unknownNamespace, unknownType } from './not-modelled.ts';
import { findType, operationName } from './operation-name.ts';
import { isWrite, toOperation } from './operation-record.ts';
import { locationOf } from './resource-store.ts';
import type { ResourceStore } from './resource-store.ts';
import { requireKnownOptions } from './query-options.ts';
import type { ResourceType } from './resource-type.ts';
import { resourceManagerVersions } from './rows/resource-groups.ts';
import type { RoleBook } from './roles.ts';
import type { Service } from './service.ts';
import type { Registrations } from './services/providers.ts';
import type { OperationType, Throttle } from './throttle.ts';
import type { Effect } from './writes.ts';

/** A request as it came in over the wire. */
export interface ArmRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: ArmBody;
  readonly clientIpAddress: string;
  readonly correlationId: string;
}

/** What is learned of a request on the way, for headers and accounting. Filled in as far as it came. */
export interface Trace {
  operation: string;
  apiVersion: string;
  caller: Caller | undefined;
  readonly headers: Record<string, string>;
}

export interface ResourceManagerParts {
  readonly store: ResourceStore;
  readonly catalogue: readonly ResourceType[];
  /** What is not about one type of resource. */
  readonly services: readonly Service[];
  readonly registrations: Registrations;
  readonly keys: KeyRing;
  readonly roles: RoleBook;
  readonly throttle: Throttle;
  readonly issuer: TokenIssuer;
  readonly principals: PrincipalRegistry;
  readonly now: () => number;
  /** How long a creation goes on after its 202. */
  readonly creationMs: () => number;
  readonly pageSize: () => number | undefined;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const bucketOf: Readonly<Record<string, OperationType>> = { GET: 'reads', HEAD: 'reads', DELETE: 'deletes' };

/** Resource Manager without its transport: what a request does and what is answered. */
export class ResourceManager {
  readonly #parts: ResourceManagerParts;
  readonly #longRunning = new LongRunning();
  readonly #listeners: ((operation: Operation) => void)[] = [];

  constructor(parts: ResourceManagerParts) {
    this.#parts = parts;
  }

  onOperation(listener: (operation: Operation) => void): void {
    this.#listeners.push(listener);
  }

  /** Handles one request; throws `ArmError` for what Azure refuses. */
  async handle(request: ArmRequest, trace: Trace): Promise<Answer> {
    const { path, type, service, caller } = await this.identify(request, trace);
    const versions = service?.apiVersions ?? type?.apiVersions ?? resourceManagerVersions;
    trace.apiVersion = readApiVersion(request.url, versions);
    if (service?.isCounted !== false) {
      this.#countCall(request, caller, trace);
    }
    if (service !== undefined) {
      return this.#serve(service, request, caller, trace.apiVersion);
    }
    if (path === undefined) {
      throw strangePath(request.url);
    }
    if (isPollPath(path)) {
      return this.#longRunning.poll(path, caller.principal.objectId, request.url.href);
    }
    if (isTenantList(path)) {
      return { status: 200, body: { value: [tenantBody(this.#parts.issuer.tenantId)] } };
    }
    return this.#handleResource(request, path, type, caller, trace);
  }

  #handleResource(
    request: ArmRequest,
    path: ArmPath,
    type: ResourceType | undefined,
    caller: Caller,
    trace: Trace,
  ): Answer {
    const evidence = this.#authorize(request.method, path, caller, trace.operation);
    if (type === undefined) {
      throw unknownType(path, trace.apiVersion, this.#parts.catalogue);
    }
    const { apiVersion, operation } = trace;
    const call: Call = {
      ...request,
      path,
      type,
      apiVersion,
      operation,
      caller,
      evidence,
      now: this.#parts.now(),
    };
    checkApiVersion(apiVersion, type, this.#parts.store.get(path.resourceId));
    if (isWrite(request.method)) {
      this.#parts.registrations.require(path.subscriptionId ?? '', type.type.split('/')[0] ?? '');
    }
    this.#countProviderCall(call);
    return this.#perform(call);
  }

  /** Learns what a request is about and who sends it, and does nothing; throws `ArmError` for a bad token. */
  async identify(
    request: Pick<ArmRequest, 'method' | 'url' | 'headers'>,
    trace: Trace,
  ): Promise<{
    readonly path: ArmPath | undefined;
    readonly type: ResourceType | undefined;
    readonly service: Service | undefined;
    readonly caller: Caller;
  }> {
    const path = parseArmPath(request.url.pathname);
    const type = path && findType(request.method, path, this.#parts.catalogue);
    const named = decodedPath(request.url.pathname);
    const service = this.#parts.services.find((one) => one.method === request.method && one.path.test(named));
    trace.operation =
      service?.operation ?? (path === undefined ? '' : operationName(request.method, path, type));
    const caller = await authenticate(request.headers.authorization, this.#parts);
    trace.caller = caller;
    return { path, type, service, caller };
  }

  /** Tells the listeners of a write that did not come through Resource Manager's door, as a story may need. */
  announce(operation: Operation): void {
    for (const listener of this.#listeners) {
      listener(operation);
    }
  }

  #serve(service: Service, request: ArmRequest, caller: Caller, apiVersion: string): Answer {
    if (!service.apiVersions.includes(apiVersion)) {
      throw invalidApiVersion(apiVersion, service.apiVersions);
    }
    requireKnownOptions(request.url, service.options);
    const path = decodedPath(request.url.pathname);
    return service.answer({ ...request, path, apiVersion, caller, now: this.#parts.now() });
  }

  #perform(call: Call): Answer {
    try {
      const { answer, effect } = dispatch(call, {
        ...this.#parts,
        pageSize: this.#parts.pageSize(),
        isVisible: ({ caller }, id) =>
          call.type.type !== 'Microsoft.Resources/subscriptions' ||
          this.#parts.roles.hasAnyRole(caller.principal.objectId, id),
      });
      if (effect !== undefined && isOngoing(call, answer)) {
        return this.#finishLater(call, effect, answer);
      }
      if (effect !== undefined) {
        this.announce(toOperation(call, effect, new Date(call.now)));
      }
      return answer;
    } catch (error) {
      if (error instanceof ArmError && isWrite(call.method)) {
        this.announce(toOperation(call, undefined, new Date(call.now)));
      }
      throw error;
    }
  }

  /** The resource is there at once, in the state `Creating`, and done when its time has passed. */
  #finishLater(call: Call, effect: Effect, first: Answer): Answer {
    const tellsState = call.type.isAsynchronous === 'azure-async-operation';
    const { id, finish } = this.#longRunning.start(
      call.caller.principal.objectId,
      call.path.subscriptionId ?? '',
      tellsState,
    );
    const body = effect.resource ?? {};
    const resourceId = call.path.resourceId;
    const ongoing = withProvisioningState(body, effect.existed ? 'Updating' : 'Creating');
    this.#parts.store.set(resourceId, ongoing);
    const timer = setTimeout(() => {
      const current = this.#parts.store.get(resourceId)?.body;
      if (current === undefined) {
        finish({
          status: 404,
          body: { error: { code: 'ResourceNotFound', message: 'It was deleted meanwhile.' } },
        });
        return;
      }
      const resource = withProvisioningState(current, 'Succeeded');
      this.#parts.store.set(resourceId, resource);
      finish({ status: 200, body: resource });
      this.announce(toOperation(call, { ...effect, resource }, new Date(this.#parts.now())));
    }, this.#parts.creationMs());
    timer.unref();
    const address = `/subscriptions/${call.path.subscriptionId}/providers/${call.path.namespace}/locations/${locationOf(body)}/asyncoperations/${id}`;
    if (tellsState) {
      const headers = {
        'azure-asyncoperation': `${originOf(call.url)}${address}?api-version=${call.apiVersion}`,
        'retry-after': '1',
      };
      return { status: first.status, headers: { ...first.headers, ...headers }, body: ongoing };
    }
    const location = `${originOf(call.url)}${address}?monitor=true&api-version=${call.apiVersion}`;
    return {
      status: 202,
      headers: { location, 'retry-after': '1', 'content-type': 'text/plain; charset=utf-8' },
    };
  }

  #countCall({ method, url }: ArmRequest, caller: Caller, trace: Trace): void {
    const type = bucketOf[method] ?? 'writes';
    const subscription = subscriptionOf(decodedPath(url.pathname));
    const scope = subscription === undefined ? 'tenant' : 'subscription';
    const id = subscription ?? this.#parts.issuer.tenantId;
    const left = this.#parts.throttle.takeToken(type, id, caller.principal.objectId);
    trace.headers[`x-ms-ratelimit-remaining-${scope}-${type}`] = String(left);
  }

  #countProviderCall(call: Call): void {
    const kind = isWrite(call.method) ? 'write' : call.path.isResource ? 'read' : 'list';
    const region = this.#regionOf(call.path.resourceId);
    this.#parts.throttle.takeProvider(call.path.namespace, kind, call.path.subscriptionId ?? '', region);
  }

  /** Region of a resource or of what it lies under; of a new one, that of its group. */
  #regionOf(resourceId: string): string {
    for (let id = resourceId; id.length > 1; id = parentIdOf(id)) {
      const location = locationOf(this.#parts.store.get(id)?.body);
      if (location !== '') {
        return location;
      }
    }
    return '';
  }

  /** Evidence of the right to do it; throws 403 without one. Lists of the tenant are open to everybody. */
  #authorize(
    method: string,
    path: ArmPath,
    { principal }: Caller,
    operation: string,
  ): Readonly<Record<string, string>> {
    if (method === 'GET' && ['/subscriptions', '/tenants'].includes(path.path.toLowerCase())) {
      return {};
    }
    const scope = path.resourceId.replace(/\/providers\/[^/]+$/i, '') || '/';
    const evidence = requireRight(this.#parts.roles, principal, operation, scope);
    if (path.subscriptionId !== undefined && !guid.test(path.subscriptionId)) {
      throw invalidSubscriptionId(path.subscriptionId);
    }
    return evidence;
  }
}

/** An id for one request, in Azure's form. */
export function newRequestId(): string {
  return randomUUID();
}

/** Whether the work of a call goes on after its answer. */
function isOngoing({ type, method }: Call, { status }: Answer): boolean {
  return status === 202 || (type.isAsynchronous === 'azure-async-operation' && isPut(method));
}

function isPut(method: string): boolean {
  return method === 'PUT' || method === 'PATCH';
}

/** The refusal of a path whose form is none of Resource Manager's, by the namespace that it seems to name. */
function strangePath(url: URL): ArmError {
  const [first = '', second = ''] = decodedPath(url.pathname).split('/').slice(1);
  return unknownNamespace(first.toLowerCase() === 'providers' ? second : first);
}

function isTenantList(path: ArmPath): boolean {
  return path.types.length === 1 && path.types[0]?.toLowerCase() === 'tenants' && !path.isResource;
}

function tenantBody(tenantId: string): ArmBody {
  return { id: `/tenants/${tenantId}`, tenantId, tenantCategory: 'Home', displayName: 'Leakstop sandbox' };
}

function withProvisioningState(body: ArmBody, provisioningState: string): ArmBody {
  return { ...body, properties: { ...member(body, 'properties'), provisioningState } };
}
