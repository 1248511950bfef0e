type Absent<Value> = undefined extends Value ? true : false;

/** The members of an object whose value may be undefined become optional ones. */
export type Defined<Members> = {
  [Name in keyof Members as Absent<Members[Name]> extends true ? never : Name]: Members[Name];
} & {
  [Name in keyof Members as Absent<Members[Name]> extends true ? Name : never]?: Exclude<
    Members[Name],
    undefined
  >;
};

/**
 * The members that have a value, in the order given. A member that is undefined would be refused by the compiler where it is
 * optional, and counts as one in the JSON schemas of what is read back.
 */
export function defined<Members extends object>(members: Members): Defined<Members> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as Defined<Members>;
}
