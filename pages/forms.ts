import { z } from 'zod';
import { longestReason, reasonFault, tidyReason } from '../shared/approval/people-texts.ts';
import { longestLeaveDays } from '../shared/approval/rules.ts';
import { sha256Pattern } from '../shared/ledger/format/json.ts';
import { longestResourceId } from '../shared/resource-id.ts';

/** The text typed into a form, unchanged: nobody has to type it twice. */
export type Typed = Readonly<Record<string, string>>;

/** A field whose value cannot be accepted, and the way to mend it. */
export interface Fault {
  readonly field: string;
  readonly message: string;
}

export type Reading<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'faulty'; readonly faults: readonly Fault[] };

const dayMs = 24 * 60 * 60_000;

/** A decision that a person made in a form. */
export interface Decided {
  readonly verdict: 'approve' | 'deny' | 'exempt' | 'undo';
  readonly proposal: string;
  readonly reason: string;
  readonly until?: Date;
}

const Reason = z
  .string()
  .overwrite(tidyReason)
  .max(longestReason, 'The reason is longer than 1,000 characters: shorten it.')
  .superRefine((text, context) => {
    const message = reasonFault(text);
    if (message !== undefined) {
      context.addIssue({ code: 'custom', message: `The reason ${message}.` });
    }
  });

const DecisionForm = z.object({
  verdict: z.enum(['approve', 'deny', 'exempt', 'undo'], 'Choose what to decide.'),
  proposal: z.string().regex(sha256Pattern, 'The form is not whole: open the page again.'),
  reason: Reason.default(''),
  until: z.string().default(''),
});

/** Reads the form of a decision. The end of a permission is measured from `now`. */
export function readDecision(typed: Typed, now: Date): Reading<Decided> {
  const form = DecisionForm.safeParse(typed);
  if (!form.success) {
    return faulty(form.error);
  }
  const { verdict, proposal, reason, until } = form.data;
  if (verdict === 'approve') {
    return { kind: 'read', value: { verdict, proposal, reason } };
  }
  const end = readUntil(until, now);
  const faults = [
    ...(reason === ''
      ? [{ field: 'reason', message: 'Say why: a reason is needed to leave drift open.' }]
      : []),
    ...(typeof end === 'string' ? [{ field: 'until', message: end }] : []),
  ];
  return faults.length > 0 || typeof end === 'string'
    ? { kind: 'faulty', faults }
    : { kind: 'read', value: { verdict, proposal, reason, until: end } };
}

/** The end of a day, or a text that names the fault. */
export function readUntil(text: string, now: Date): Date | string {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T23:59:59.000Z`) : undefined;
  if (day === undefined || Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text) {
    return `Choose the last day, as year-month-day, such as ${lastDay(now)}.`;
  }
  if (day <= now) {
    return 'Choose a day that is not over: the last day lies in the past.';
  }
  if (text > lastDay(now)) {
    return `Choose an earlier day: ${longestLeaveDays} days are the most, which is ${lastDay(now)}.`;
  }
  return new Date(Math.min(day.getTime(), now.getTime() + longestLeaveDays * dayMs));
}

/** The first day that an end may have. */
export function firstDay(now: Date): string {
  return now.toISOString().slice(0, 10);
}

export function lastDay(now: Date): string {
  return new Date(now.getTime() + longestLeaveDays * dayMs).toISOString().slice(0, 10);
}

const SwitchForm = z.object({
  to: z.enum(['stopped', 'allowed'], 'Choose whether changes are stopped or allowed.'),
  reason: Reason.pipe(z.string().min(1, 'Say why: the reason goes into the ledger.')),
  confirmed: z.literal('yes', 'Tick the box: turning the switch concerns everything that is guarded.'),
});

export function readSwitch(typed: Typed): Reading<z.infer<typeof SwitchForm>> {
  const form = SwitchForm.safeParse({ reason: '', ...typed });
  return form.success ? { kind: 'read', value: form.data } : faulty(form.error);
}

const LookForm = z.object({
  resource: z
    .string()
    .max(longestResourceId, 'The id is longer than any id of Azure: copy it again.')
    .transform((text) => text.trim())
    .pipe(
      z
        .string()
        .startsWith('/subscriptions/', 'Give the id of the resource: it begins with /subscriptions/.'),
    ),
});

export function readLook(typed: Typed): Reading<z.infer<typeof LookForm>> {
  const form = LookForm.safeParse({ resource: '', ...typed });
  return form.success ? { kind: 'read', value: form.data } : faulty(form.error);
}

/** Every fault of a field once, in the order of the form. */
export function faulty(error: z.ZodError): { readonly kind: 'faulty'; readonly faults: readonly Fault[] } {
  const faults = new Map<string, Fault>();
  for (const { path, message } of error.issues) {
    const field = String(path[0] ?? '');
    if (!faults.has(field)) {
      faults.set(field, { field, message });
    }
  }
  return { kind: 'faulty', faults: [...faults.values()] };
}
