import { Refusal, refusalWords } from '../refusal.ts';

/** The obstacle of a change in an entry, and the way to end the obstacle; undefined where Azure named none. */
export function refusalLines({
  refusal,
  code,
  action,
}: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const words = refusalWords({
    refusal: Refusal.safeParse(refusal).data,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof action === 'string' ? { action } : {}),
  });
  return words === undefined ? undefined : [`${words.what}.`, words.mend];
}
