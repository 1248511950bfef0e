/** A JSON object as it goes over the wire. */
export type ArmBody = Readonly<Record<string, unknown>>;

export function isBody(value: unknown): value is ArmBody {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member, if it is an object; else an empty one. */
export function member(body: ArmBody | undefined, name: string): ArmBody {
  const value = body?.[name];
  return isBody(value) ? value : {};
}

/** The member, if it is a string; else an empty one. */
export function text(body: ArmBody | undefined, name: string): string {
  const value = body?.[name];
  return typeof value === 'string' ? value : '';
}
