/** A route template, ready to be compared with paths. */
export interface Route {
  readonly template: string;
  /** Values of the parameters, when the path is of this route. */
  match(path: string): Readonly<Record<string, string>> | undefined;
  /** The lesser goes first: literals before parameters before catch-alls. */
  readonly rank: string;
  /** Two routes of the same shape take the same paths. */
  readonly shape: string;
}

const constraints: Readonly<Record<string, string>> = {
  alpha: '[A-Za-z]+',
  bool: 'true|false',
  guid: '[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}',
  int: '-?\\d{1,10}',
  long: '-?\\d{1,19}',
};

/**
 * Reads a template such as `cases/{id:guid}/{action?}` or `files/{*rest}`.
 *
 * @throws Error on a constraint that is not modelled
 */
export function parseRoute(template: string): Route {
  const segments = template.split('/').filter((segment) => segment !== '');
  const names: string[] = [];
  let pattern = '';
  for (const segment of segments) {
    pattern += segmentPattern(segment, template, names);
  }
  const expression = new RegExp(`^${pattern}/?$`, 'i');
  const rank = segments.map((segment) =>
    segment.startsWith('{*') ? '3' : segment.includes('{') ? '2' : '1',
  );
  return {
    template,
    rank: rank.join(''),
    shape: segments.map((segment) => segment.toLowerCase().replaceAll(/\{[^}:?]*/g, '{')).join('/'),
    match(path) {
      const found = expression.exec(path);
      if (found === null) {
        return undefined;
      }
      const values = names.map((name, index) => [name, found[index + 1]] as const);
      return Object.fromEntries(
        values.flatMap(([name, value]) =>
          value === undefined || value === '' ? [] : [[name, decode(value)]],
        ),
      );
    },
  };
}

/** As the real host does it: an encoded slash stays as it is, and so does what is not a valid escape. */
function decode(value: string): string {
  return value.replaceAll(/(?:%(?!2f)[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

function segmentPattern(segment: string, template: string, names: string[]): string {
  const whole = /^\{(\*{0,2})(\w+)(?::(\w+))?(\?)?\}$/.exec(segment);
  if (whole === null) {
    return `/${segment.replaceAll(/[.*+^$()|[\]\\]/g, '\\$&')}`;
  }
  const [, star, name = '', constraint, optional] = whole;
  names.push(name);
  if (star !== '') {
    return '(?:/(.*))?';
  }
  const value = constraint === undefined ? '[^/]+' : constraints[constraint];
  if (value === undefined) {
    throw new Error(`Cannot read route "${template}": constraint "${constraint ?? ''}" is not modelled`);
  }
  return optional === undefined ? `/(${value})` : `(?:/(${value}))?`;
}
