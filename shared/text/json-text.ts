/**
 * The value of a JSON text; undefined for a text that is none, or in which an object names a member twice: one reader takes the
 * first for it, another the last. Whatever parses the value then refuses it.
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

/** A string of JSON, with what makes it the name of a member. */
const strings = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/** How many names of members a valid JSON text holds. */
function namesIn(json: string): number {
  let names = 0;
  for (const [, colon] of json.matchAll(strings)) {
    names += colon === undefined ? 0 : 1;
  }
  return names;
}

/** How many members all objects of a value have. */
function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) {
    return 0;
  }
  const members: unknown[] = Object.values(value);
  const own = Array.isArray(value) ? 0 : members.length;
  return members.reduce<number>((sum, member) => sum + countMembers(member), own);
}

/** The members of a JSON object, of whatever shape. */
export type Members = Readonly<Record<string, unknown>>;

/** The members of an object, or of one that is written as text: some senders do, and some samples of Azure. */
export function membersOf(value: unknown): Members {
  const object = typeof value === 'string' ? jsonOf(value) : value;
  return typeof object === 'object' && object !== null && !Array.isArray(object) ? (object as Members) : {};
}
