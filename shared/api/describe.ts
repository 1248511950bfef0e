import { problems, type ProblemCode } from './problem.ts';
import { Problem } from './schemas.ts';

/** Refusals that every call may get beside its own answer. */
const commonProblems: readonly ProblemCode[] = [
  'malformed-request',
  'no-token',
  'no-role',
  'not-allowed',
  'malformed',
  'unavailable',
];

/** The refusals of a route, by status, as OpenAPI wants them. */
export function refusals(...codes: readonly ProblemCode[]) {
  const all = [...commonProblems, ...codes];
  const statuses = [...new Set(all.map((code) => problems[code].status))].sort();
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: all
          .filter((code) => problems[code].status === status)
          .map((code) => `\`${code}\`: ${problems[code].title}`)
          .join('; '),
        content: { 'application/problem+json': { schema: Problem } },
      },
    ]),
  );
}

/** An answer in JSON. */
export function answer<T>(description: string, schema: T) {
  return { description, content: { 'application/json': { schema } } };
}

/** A request in JSON. */
export function body<T>(schema: T) {
  return { required: true, content: { 'application/json': { schema } } };
}
