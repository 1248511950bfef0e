import { ArmError } from './arm-error.ts';

/** Value of an option such as `$filter`, known in any case; undefined where it is absent or empty. */
export function queryOption(url: URL, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const value = [...url.searchParams].find(([one]) => one.toLowerCase() === wanted)?.[1].trim();
  return value === '' ? undefined : value;
}

/**
 * Refuses options that the call would pass over: an answer that leaves out what was asked for looks like any other. Only
 * names with a dollar sign are options; of the others each version of an API has its own.
 *
 * @throws ArmError 400 that names the option
 */
export function requireKnownOptions(url: URL, known: readonly string[]): void {
  const names = known.map((name) => name.toLowerCase());
  const stray = [...url.searchParams.keys()].find(
    (name) =>
      name.startsWith('$') && !names.includes(name.toLowerCase()) && queryOption(url, name) !== undefined,
  );
  if (stray !== undefined) {
    throw invalidOption(
      stray,
      queryOption(url, stray) ?? '',
      `This call takes ${known.join(', ') || 'no option'}.`,
    );
  }
}

/**
 * The refusal of an option's value. Azure's words for `$filter` are public (`InvalidFilterInQueryString`), those for other
 * options are made like them.
 *
 * @param detail Why, in words of the sandbox
 */
export function invalidOption(name: string, value: string, detail = ''): ArmError {
  const bare = name.replace('$', '').toLowerCase();
  const code = `Invalid${bare.charAt(0).toUpperCase()}${bare.slice(1)}InQueryString`;
  const reason = detail === '' ? '' : ` ${detail}`;
  return new ArmError(400, code, `Invalid $${bare} '${value}' specified in the query string.${reason}`, {
    'x-ms-failure-cause': 'gateway',
  });
}
