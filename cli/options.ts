import { InvalidArgumentError } from 'commander';

/** A date, or a time with its zone, as ISO 8601 in UTC. @throws InvalidArgumentError */
export function time(text: string): string {
  const parsed = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
    ? new Date(text)
    : undefined;
  if (!parsed || Number.isNaN(parsed.getTime())) {
    throw new InvalidArgumentError('Expected a date, or a time with its zone.');
  }
  return parsed.toISOString();
}

/** Ids of subscriptions, collected. @throws InvalidArgumentError */
export function subscriptions(text: string, before: readonly string[] = []): string[] {
  const id = text.toLowerCase();
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) {
    throw new InvalidArgumentError('Expected the id of a subscription, a GUID.');
  }
  return [...new Set([...before, id])];
}
