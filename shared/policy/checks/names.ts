import { pathText, type Remark } from '../diagnostic.ts';
import type { PolicyDocument } from '../document.ts';
import type { Check } from './check.ts';

/** A name appears in the ledger, so it must identify one entry. */
export const checkNames: Check = (document) => {
  const first = new Map<string, string>();
  return namesOf(document).flatMap(({ name, path }): readonly Remark[] => {
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, pathText(path.slice(0, -1)));
      return [];
    }
    const message = `the name "${name}" is that of ${earlier} already`;
    return [{ severity: 'error', path, message, mend: 'give each entry a name of its own' }];
  });
};

function namesOf(document: PolicyDocument) {
  const {
    rules,
    exemptions,
    approvers,
    networks,
    ownership,
    windows,
    freezes,
    release,
    azurePolicyExemptions,
  } = document;
  const sections: readonly (readonly [
    readonly string[],
    readonly { readonly name: string }[] | undefined,
  ])[] = [
    [['rules'], rules],
    [['exemptions'], exemptions],
    [['approvers'], approvers],
    [['networks', 'approved'], networks?.approved],
    [['ownership'], ownership],
    [['windows'], windows],
    [['freezes'], freezes],
    [['release'], release],
    [['azurePolicyExemptions'], azurePolicyExemptions],
  ];
  return sections.flatMap(([path, entries]) =>
    (entries ?? []).map(({ name }, index) => ({ name, path: [...path, index, 'name'] })),
  );
}
