import type { StorageService } from './storage-error.ts';

/** A request to a data service, as far as rights depend on it. */
export interface DataRequest {
  readonly service: StorageService;
  readonly method: string;
  /** Path and query: `/account/name…`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

/** An act that a request asks for. It may be done by whoever holds all actions of one of the alternatives. */
export interface DataAct {
  /** Name of the table, queue or container; undefined for the account as a whole. */
  readonly on: string | undefined;
  /**
   * Actions as Azure names them behind the type of the table, queue or container; `*` is what only an owner of all
   * data holds. The alternative that allows least comes first.
   */
  readonly anyOf: readonly (readonly string[])[];
  /** The actions that allow the act as long as it replaces nothing. */
  readonly anyOfWhenNew?: readonly (readonly string[])[];
}

/**
 * The acts of a request, by the tables under "Permissions for calling data operations" of the REST reference. A request that
 * they do not name is left to an owner.
 */
export function actsOf(request: DataRequest): readonly DataAct[] {
  switch (request.service) {
    case 'blobs':
      return [blobAct(request)];
    case 'queues':
      return [queueAct(request)];
    case 'tables':
      return tableActs(request);
  }
}

const owner = [['*']];

/** The parts of a path behind the account, and the query. */
function placeOf(url: string): { readonly parts: readonly string[]; readonly query: URLSearchParams } {
  const { pathname, searchParams } = new URL(url, 'https://account');
  return { parts: pathname.split('/').slice(2).filter(Boolean).map(decodeURIComponent), query: searchParams };
}

type Alternatives = Omit<DataAct, 'on'>;

const only = (action: string): Alternatives => ({ anyOf: [[action]] });

/** By method and the query's `comp`. */
const containerActs: Readonly<Record<string, Alternatives>> = {
  'GET ': only('read'),
  'HEAD ': only('read'),
  'GET metadata': only('read'),
  'HEAD metadata': only('read'),
  'PUT ': only('write'),
  'PUT metadata': only('write'),
  'PUT lease': only('write'),
  'DELETE ': only('delete'),
  'GET list': only('blobs/read'),
};

const blobActs: Readonly<Record<string, Alternatives>> = {
  'GET ': only('blobs/read'),
  'HEAD ': only('blobs/read'),
  'GET metadata': only('blobs/read'),
  'HEAD metadata': only('blobs/read'),
  'GET blocklist': only('blobs/read'),
  'DELETE ': only('blobs/delete'),
  'PUT ': { anyOf: [['blobs/write']], anyOfWhenNew: [['blobs/add/action']] },
  'PUT appendblock': { anyOf: [['blobs/add/action'], ['blobs/write']] },
  'PUT block': only('blobs/write'),
  'PUT blocklist': only('blobs/write'),
  'PUT lease': only('blobs/write'),
  'PUT metadata': only('blobs/write'),
  'PUT page': only('blobs/write'),
  'PUT properties': only('blobs/write'),
  'PUT tier': only('blobs/write'),
};

function blobAct({ method, url }: DataRequest): DataAct {
  const { parts, query } = placeOf(url);
  const [on, ...blob] = parts;
  const call = `${method} ${query.get('comp') ?? ''}`;
  const restype = query.get('restype');
  if (on === undefined || restype === 'service') {
    return { on: undefined, anyOf: call === 'GET list' ? [['read']] : owner };
  }
  const isContainer = restype === 'container';
  const acts = isContainer ? containerActs : blob.length === 0 ? {} : blobActs;
  return { on, ...(acts[call] ?? { anyOf: owner }) };
}

/** By method, `message` or `messages` or nothing, and the query's `comp` or `peekonly`. */
const queueActions: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'GET  metadata': [['read']],
  'HEAD  metadata': [['read']],
  'PUT  ': [['write']],
  'PUT  metadata': [['write']],
  'DELETE  ': [['delete']],
  'POST messages ': [['messages/add/action'], ['messages/write']],
  'GET messages ': [['messages/process/action'], ['messages/delete', 'messages/read']],
  'GET messages peek': [['messages/read']],
  'DELETE messages ': [['messages/delete']],
  'PUT message ': [['messages/write']],
  'DELETE message ': [['messages/process/action'], ['messages/delete']],
};

function queueAct({ method, url }: DataRequest): DataAct {
  const { parts, query } = placeOf(url);
  const [on, of, id] = parts;
  const comp = query.get('comp') ?? '';
  if (on === undefined) {
    return { on, anyOf: method === 'GET' && comp === 'list' ? [['read']] : owner };
  }
  const what = of === undefined ? '' : id === undefined ? of : 'message';
  const how = query.get('peekonly') === 'true' ? 'peek' : comp;
  return { on, anyOf: queueActions[`${method} ${what} ${how}`] ?? owner };
}

const insert = [['entities/add/action'], ['entities/write']];
const change = [['entities/update/action'], ['entities/write']];
const insertOrChange = [['entities/add/action', 'entities/update/action'], ['entities/write']];

/** By method, `on condition` where the call names the version that it changes. */
const entityActions: Readonly<Record<string, readonly (readonly string[])[]>> = {
  GET: [['entities/read']],
  POST: insert,
  PUT: insertOrChange,
  'PUT on condition': change,
  PATCH: insertOrChange,
  'PATCH on condition': change,
  MERGE: insertOrChange,
  'MERGE on condition': change,
  'DELETE on condition': [['entities/delete']],
};

const tableActions: Readonly<Record<string, string>> = { GET: 'read', POST: 'write', DELETE: 'delete' };

function tableActs(request: DataRequest): readonly DataAct[] {
  const { parts } = placeOf(request.url);
  return parts[0] === '$batch' ? partsOf(request).map(tableAct) : [tableAct(request)];
}

type TableRequest = Pick<DataRequest, 'method' | 'url' | 'headers'>;

function tableAct({ method, url, headers }: TableRequest): DataAct {
  const { parts, query } = placeOf(url);
  const [, name = ''] = /^([^(]*)/.exec(parts[0] ?? '') ?? [];
  if (name === '' || query.has('comp')) {
    return { on: undefined, anyOf: owner };
  }
  if (name === 'Tables') {
    const action = tableActions[method];
    return { on: undefined, anyOf: action === undefined ? owner : [[action]] };
  }
  const call = headers['if-match'] === undefined ? method : `${method} on condition`;
  return { on: name, anyOf: entityActions[call] ?? owner };
}

/** The requests inside an entity group transaction: each is judged by itself. */
function partsOf({ body }: DataRequest): readonly TableRequest[] {
  const requests: { method: string; url: string; headers: Record<string, string> }[] = [];
  let headers: Record<string, string> | undefined;
  for (const line of Buffer.from(body).toString('utf8').split('\r\n')) {
    const [, method, url] = /^([A-Z]+) (https?:\/\/\S+) HTTP\/1\.1$/.exec(line) ?? [];
    if (method !== undefined && url !== undefined) {
      headers = {};
      requests.push({ method, url, headers });
    } else if (line === '') {
      headers = undefined;
    } else if (headers !== undefined) {
      const [name = '', ...value] = line.split(':');
      headers[name.trim().toLowerCase()] = value.join(':').trim();
    }
  }
  return requests;
}
