/**
 * The member of an object under a name that somebody else chose. Members that every object inherits, such as `toString`,
 * are none.
 */
export function ownMember<Member>(
  members: Readonly<Record<string, Member>>,
  name: string,
): Member | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}
