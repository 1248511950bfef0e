import type { Path, Remark } from '../diagnostic.ts';
import type { ExemptionEntry, PolicyDocument } from '../document.ts';
import { covers } from '../covers.ts';
import { listed, matcherOf } from '../matcher.ts';
import { daysBetween, momentOf } from '../moment.ts';
import { everywhere } from '../scope.ts';
import type { Check, CheckContext } from './check.ts';

const defaultDays = 90;

/** An exemption must end, and must not be pointless or cover everything. */
export const checkExemptions: Check = (document, context) =>
  (document.exemptions ?? []).flatMap((entry, index) => {
    const path = ['exemptions', index];
    const wrong = termFault(entry, path, document.limits?.exemptionDays ?? defaultDays);
    return [
      ...(wrong ?? termWarning(entry, path, context.now)),
      ...breadthWarning(entry, path),
      ...pointless(entry, path, document, context),
    ];
  });

function termFault(
  { created, expires }: ExemptionEntry,
  path: Path,
  most: number,
): readonly Remark[] | undefined {
  const days = daysBetween(created, expires);
  if (days <= 0) {
    const message = `it expires before it holds: "${expires}" is not after "${created}"`;
    return [
      { severity: 'error', path: [...path, 'expires'], message, mend: 'let it expire after it was created' },
    ];
  }
  if (days > most) {
    const message = `it holds for ${Math.ceil(days)} days, and at most ${most} are allowed (limits.exemptionDays)`;
    return [
      { severity: 'error', path: [...path, 'expires'], message, mend: 'let it expire earlier, and renew it' },
    ];
  }
  return undefined;
}

function termWarning({ created, expires }: ExemptionEntry, path: Path, now: Date): readonly Remark[] {
  if (momentOf(expires) <= now.getTime()) {
    const mend = 'take it out, or decide anew and give it a new "created" and "expires"';
    return [{ severity: 'warning', path: [...path, 'expires'], message: 'it has expired', mend }];
  }
  if (momentOf(created) > now.getTime()) {
    const message = `it does not hold yet: it was created in the future ("${created}")`;
    return [{ severity: 'warning', path: [...path, 'created'], message, mend: 'nothing, if that is meant' }];
  }
  return [];
}

function breadthWarning({ scope }: ExemptionEntry, path: Path): readonly Remark[] {
  if (!listed(scope)?.includes(everywhere)) {
    return [];
  }
  const message = 'it exempts resources everywhere, also those that are yet to come';
  return [{ severity: 'warning', path: [...path, 'scope'], message, mend: 'name the scopes that are meant' }];
}

function pointless(
  { scope, control }: ExemptionEntry,
  path: Path,
  { rules = [] }: PolicyDocument,
  { controls }: CheckContext,
): readonly Remark[] {
  const matcher = matcherOf({ scope, control });
  const off = rules.find((rule) => rule.mode === 'off' && covers(matcherOf(rule), matcher, controls));
  if (off === undefined) {
    return [];
  }
  const message = `the rule "${off.name}" turns off what it exempts`;
  const mend = 'keep one of the two: an exemption is recorded and ends, a rule with "off" does neither';
  return [{ severity: 'warning', path, message, mend }];
}
