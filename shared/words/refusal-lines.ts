import { Refusal, refusalWords } from '../refusal.ts';

/** What an entry says that stood in the way of a change, and what ends that; undefined where Azure named nothing. */
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
