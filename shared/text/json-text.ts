/**
 * The value of a JSON text. Undefined for a text that is not JSON, or in which an object names a member twice: one
 * reader takes the first, another the last. Any parser of the value then refuses it.
 */
export function jsonOf(text: string | undefined): unknown {
  try {
    const json = text ?? '';
    const value: unknown = JSON.parse(json);
    return namesIn(json) === countMembers(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A string of JSON, with the colon that makes it the name of a member. */
const strings = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/** Counts the member names in a valid JSON text. */
function namesIn(json: string): number {
  let names = 0;
  for (const [, colon] of json.matchAll(strings)) {
    names += colon === undefined ? 0 : 1;
  }
  return names;
}

/** Counts the members of all objects in a value. */
function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) {
    return 0;
  }
  const members: unknown[] = Object.values(value);
  const own = Array.isArray(value) ? 0 : members.length;
  return members.reduce<number>((sum, member) => sum + countMembers(member), own);
}

/** The members of a JSON object of any shape. */
export type Members = Readonly<Record<string, unknown>>;

/** The members of an object, or of an object written as text: some senders, and some samples of Azure, do that. */
export function membersOf(value: unknown): Members {
  const object = typeof value === 'string' ? jsonOf(value) : value;
  return typeof object === 'object' && object !== null && !Array.isArray(object) ? (object as Members) : {};
}
