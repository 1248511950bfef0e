/** The value of a JSON text; undefined for a text that is none, which whatever parses the value then refuses. */
export function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
