import type { ArmBody } from './arm-body.ts';
import type { KeyRing } from './key-ring.ts';
import type { ListFilter } from './list-filter.ts';
import type { MergeRules } from './merge.ts';
import type { ResourceStore, StoredResource } from './resource-store.ts';

/** A write as its checks see it. */
export interface Write {
  readonly method: 'PUT' | 'PATCH';
  /** Id in the spelling of the request. */
  readonly id: string;
  readonly request: ArmBody;
  readonly current: StoredResource | undefined;
  readonly store: ResourceStore;
  /** Object id of the principal that writes. */
  readonly writer: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** An action as its handler sees it. */
export interface ActionCall {
  readonly resource: StoredResource;
  readonly request: ArmBody;
  readonly query: URLSearchParams;
  readonly store: ResourceStore;
  readonly keys: KeyRing;
  readonly now: number;
}

export interface Action {
  /** Name in Azure's own spelling, such as `listKeys`. */
  readonly name: string;
  /** Does it and returns the answer; throws `ArmError` to refuse. */
  readonly run: (call: ActionCall) => ArmBody;
}

interface Paging {
  /** Name of the query parameter that asks for the size of a page; null where a type has none. */
  readonly sizeParameter: string | null;
  readonly pageSize: number;
}

/** All that Resource Manager has to know of a type of resource. */
export interface ResourceType {
  /** In Azure's own spelling, such as `Microsoft.Storage/storageAccounts`. */
  readonly type: string;
  readonly verbs: readonly ('GET' | 'LIST' | 'PUT' | 'PATCH' | 'DELETE')[];
  /** Where the type can be listed: `parent` for a child type, `scope` for one that lies on any resource. */
  readonly listedBy: readonly ('tenant' | 'subscription' | 'group' | 'parent' | 'scope')[];
  readonly paging: Paging;
  /** What its list can be filtered by; a list without refuses every `$filter`. */
  readonly filter?: ListFilter;
  /** What each value of `$expand` adds to the answer of a GET, at a time in milliseconds since 1970. */
  readonly expand?: Readonly<Record<string, (body: ArmBody, now: number) => ArmBody>>;
  readonly apiVersions: readonly string[];
  /**
   * True: a PUT that creates answers 202 and is polled at `Location`. `azure-async-operation`: every write answers 201 or 200
   * with the resource as it will be, and `Azure-AsyncOperation` names where its state is told.
   */
  readonly isAsynchronous: boolean | 'azure-async-operation';
  /** `shown`: bodies and answers carry an ETag. `honoured`: If-Match and If-None-Match hold too. */
  readonly etag: 'none' | 'shown' | 'honoured';
  readonly merge: MergeRules;
  /** Status of a PUT that creates; 201 when absent, 202 where work goes on. */
  readonly createStatus?: number;
  /** Status of a PUT on what is there; 200 when absent. */
  readonly updateStatus?: number;
  /** Whether a DELETE answers with what it deleted. */
  readonly showsDeleted?: boolean;
  /** Throws `ArmError` to refuse a DELETE of what is there. */
  readonly checkDelete?: (resource: StoredResource) => void;
  /** Status of a DELETE of what is not there; `not-found` for an error. */
  readonly absentDelete: 204 | 'not-found';
  /** The body of a new resource, before the request is merged in. */
  readonly create: (write: Write) => ArmBody;
  /** Where it may lie beside the regions, such as `global`; absent for what has no place of its own. */
  readonly places?: readonly string[];
  /** Reads a request as its API describes it: values in Azure's spelling. Throws `ArmError` for what does not fit. */
  readonly readRequest?: (method: 'PUT' | 'PATCH', request: ArmBody, apiVersion: string) => ArmBody;
  /** Throws `ArmError` to refuse a write. */
  readonly check?: (write: Write) => void;
  /** Puts right what the service would: values in its own spelling, members that follow from others. */
  readonly settle?: (merged: ArmBody, write: Write) => ArmBody;
  /** A child that every parent has without anybody creating it; by its name. */
  readonly implied?: {
    readonly name: string;
    readonly body: (id: string, parent: StoredResource) => ArmBody;
  };
  /** What a list shows of a resource; all by default. */
  readonly inList?: (body: ArmBody) => ArmBody;
  /** What the answer to a write shows of a resource; all by default. */
  readonly inAnswer?: (body: ArmBody, write: Write) => ArmBody;
  /** Error for a resource that is not there, where it is not the general one. */
  readonly notFound?: (correlationId: string, now: number, id: string) => Error;
  readonly actions: readonly Action[];
}
