import { isResourceIdText, redact } from './secrets.ts';

/** A value without secrets, and the places where one was removed. */
export interface Masked<T> {
  /** The value itself if nothing was removed. */
  readonly value: T;
  /** Paths such as `payload.keys[0].value`, in the order of the value. Secret names appear in them masked. */
  readonly places: readonly string[];
}

/**
 * Removes everything that looks like a secret from a JSON value, member names included. Resource ids stay as they
 * are. Masking a masked value changes nothing.
 */
export function maskSecrets<T>(value: T, path = ''): Masked<T> {
  const places: string[] = [];
  const masked = mask(value, path, places);
  return { value: places.length === 0 ? value : (masked as T), places };
}

function mask(value: unknown, path: string, places: string[]): unknown {
  if (typeof value === 'string') {
    return maskText(value, path, places);
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => mask(item, `${path}[${index}]`, places));
  }
  return typeof value === 'object' && value !== null ? maskMembers(value, path, places) : value;
}

function maskText(text: string, path: string, places: string[]): string {
  const safe = safeText(text);
  if (safe !== text) {
    places.push(path);
  }
  return safe;
}

function safeText(text: string): string {
  return isResourceIdText(text) ? text : redact(text);
}

function maskMembers(value: object, path: string, places: string[]): object {
  const members = new Map<string, unknown>();
  for (const [name, member] of Object.entries(value)) {
    const safeName = unusedName(safeText(name), members);
    const place = path === '' ? safeName : `${path}.${safeName}`;
    if (safeName !== name) {
      places.push(place);
    }
    members.set(safeName, mask(member, place, places));
  }
  return Object.fromEntries(members);
}

/** Two names may become equal when masked; neither member is lost. */
function unusedName(name: string, members: ReadonlyMap<string, unknown>): string {
  let unused = name;
  for (let number = 2; members.has(unused); number += 1) {
    unused = `${name} ${number}`;
  }
  return unused;
}
