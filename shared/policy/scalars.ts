import { IANAZone } from 'luxon';
import { z } from 'zod';
import { cidrFault } from './cidr.ts';
import { durationMs, isMoment } from './moment.ts';
import { isScope } from './scope.ts';

/** The kinds of value in a policy document. Messages say what was expected; descriptions are for editors. */

const text = (most: number) =>
  z
    .string()
    .min(1, 'expected a text, and it is empty')
    .max(most, `expected at most ${most} characters`)
    .refine((value) => value.trim() === value && !/\p{Cc}/u.test(value), {
      error: 'expected one line without blanks around it',
    });

/** One item, or a list of them. */
export function oneOrMany<Item extends z.ZodType<string>>(item: Item) {
  return z.union([item, z.array(item).min(1, 'expected at least one').max(200, 'expected at most 200')], {
    error: 'expected a text or a list of texts',
  });
}

export const entryName = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'expected lower-case words joined by "-", such as "models-are-asked"')
  .max(64, 'expected at most 64 characters')
  .refine((name) => name !== 'default', {
    error: 'expected another name: "default" is what decisions say where no rule matches',
  })
  .describe('Name, unique in the document: it stands in the ledger with each decision.');

export const sentence = text(500);

export const scope = z
  .string()
  .refine(isScope, {
    error:
      'expected "*", or the id of a subscription, a resource group or a resource ("/subscriptions/<guid>/...")',
  })
  .describe(
    'Where: the ARM id of a subscription, resource group or resource, which covers everything below it; "*" is everywhere.',
  );

export const controlPattern = z
  .string()
  .regex(/^(\*|[a-z0-9-]+\*?)$/, 'expected the id of a control, with "*" at its end at most')
  .describe(
    'Which controls: an id, or the beginning of ids with "*" at the end, such as "storage-account-*"; "*" is every control.',
  );

export const resourceType = z
  .string()
  .regex(/^[\w.]+(\/[\w.]+)+$/, 'expected a resource type, such as "Microsoft.Storage/storageAccounts"')
  .describe(
    'Type of the judged resource, such as "Microsoft.Storage/storageAccounts"; case does not matter.',
  );

export const tagName = text(512).describe('Name of a tag; case does not matter.');
export const tagValue = z
  .string()
  .max(256, 'expected at most 256 characters')
  .describe('Value of the tag, exactly; "*" is any value.');

export const severity = z.enum(['low', 'medium', 'high', 'critical']).describe('Severity of the drift.');
export const mode = z.enum(['off', 'observe', 'approve', 'auto']);

export const moment = z
  .string()
  .refine(isMoment, {
    error: 'expected a day (2026-03-01) or a time with its offset (2026-03-01T12:00:00Z)',
  })
  .describe('A day, which begins at 00:00 UTC, or a time with its offset.');

/** A length of time between two bounds, such as `4h`. */
export function duration(least: string, most: string) {
  const [from = 0, to = 0] = [durationMs(least), durationMs(most)];
  return z
    .string()
    .refine(
      (value) => {
        const ms = durationMs(value);
        return ms !== undefined && ms >= from && ms <= to;
      },
      { error: `expected a time from ${least} to ${most}, such as 30m, 4h or 3d` },
    )
    .describe(`A time from ${least} to ${most}: minutes (30m), hours (4h) or days (3d).`);
}

export const cidr = z
  .string()
  .check(({ value, issues }) => {
    const fault = cidrFault(value);
    if (fault !== undefined) {
      issues.push({ code: 'custom', message: fault, input: value });
    }
  })
  .describe('A range of addresses, by its first address and its prefix: 203.0.113.0/24, 2001:db8::/32.');

export const timeZone = z
  .string()
  .refine((name) => /^[A-Za-z]+(\/[\w+-]+)*$/.test(name) && IANAZone.isValidZone(name), {
    error: 'expected an IANA time zone, such as "Europe/Berlin"',
  })
  .describe('IANA time zone, such as "Europe/Berlin".');

export const timeOfDay = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'expected a time from "00:00" to "24:00"')
  .describe('Time on the clock of the zone, "00:00" to "24:00".');

export const weekday = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);

export const guid = z.guid('expected a GUID');

/** A whole number between two bounds. */
export function whole(least: number, most: number) {
  const error = `expected a whole number from ${least} to ${most}`;
  return z.int(error).min(least, error).max(most, error);
}

/** A list of bounded length. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.array(item).max(1_000, 'expected at most 1000 entries');
}
