import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { chainPattern } from '../shared/ledger/format/keys.ts';
import { printable } from './printable.ts';

const timeSchema = z.union([
  z.iso.date(),
  z.iso.datetime({ offset: true }),
  z.iso.datetime({ offset: true, precision: -1 }),
]);

/** A date, or a time with its zone, as ISO 8601 in UTC. @throws InvalidArgumentError */
export function time(text: string): string {
  const parsed = timeSchema.safeParse(text).success ? new Date(text) : undefined;
  if (!parsed || Number.isNaN(parsed.getTime())) {
    throw new InvalidArgumentError(
      'Expected a day of the calendar, or a time with its zone: 2026-04-01, 2026-03-02T18:00Z.',
    );
  }
  return parsed.toISOString();
}

/** Collects ids of subscriptions. @throws InvalidArgumentError */
export function subscriptions(text: string, before: readonly string[] = []): string[] {
  const id = text.toLowerCase();
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) {
    throw new InvalidArgumentError('Expected the id of a subscription, a GUID.');
  }
  return [...new Set([...before, id])];
}

/**
 * An endpoint without a slash at its end; anything but plain https ends the command. The part behind a `?` may be secret and
 * is not printed.
 */
export function httpsEndpoint(url: string, command: Command): string {
  if (!/^https:\/\/[^\s?#@]+$/.test(url)) {
    command.error(`error: "${printable(url.split('?')[0] ?? '')}" is not an https endpoint`);
  }
  return url.replace(/\/+$/, '');
}

/** Collects names of chains. @throws InvalidArgumentError */
export function chainNames(text: string, before: readonly string[] = []): string[] {
  const name = text.toLowerCase();
  if (!chainPattern.test(name)) {
    throw new InvalidArgumentError('Expected the id of a subscription, tenant or service.');
  }
  return [...before, name];
}
