import type { Member } from './declared-members.ts';
import type { Kept } from './read-elsewhere.ts';

type Named = Pick<Member, 'file' | 'line' | 'owner' | 'name'>;

/** One sentence for each member that nobody reads and nothing keeps, and for each reason that keeps nothing. */
export function faultsOf(unused: readonly Named[], kept: readonly Kept[]): string[] {
  const isKept = (member: Named) => kept.some((each) => keeps(each, member));
  const stale = kept.flatMap((each) =>
    (each.members ?? [undefined])
      .filter(
        (name) => !unused.some((member) => keeps({ ...each, ...(name && { members: [name] }) }, member)),
      )
      .map(
        (name) =>
          `${each.file}: ${name ?? 'every member'} is read: drop it from test/unused/read-elsewhere.ts`,
      ),
  );
  return [...unused.filter((member) => !isKept(member)).map(sentence), ...stale];
}

function keeps({ file, members }: Kept, { file: own, owner, name }: Named): boolean {
  return file === own && members?.includes(`${owner}.${name}`) !== false;
}

function sentence({ file, line, owner, name }: Named): string {
  return (
    `${file}:${line}: no production code reads ${owner}.${name}: remove it where it is declared and written, or say in ` +
    'test/unused/read-elsewhere.ts who reads it'
  );
}
