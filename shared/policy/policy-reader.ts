import type { PolicyParts, PolicySource } from './policy-source.ts';
import { openPolicySource } from './policy-source.ts';

/**
 * The policy for an app that only reads it. It appends nothing to the ledger and keeps no text, so looking at a page
 * changes nothing. The worker records which policy comes into force.
 */
export function openPolicyReader({
  files,
  ledger,
  ...parts
}: Omit<PolicyParts, 'files' | 'ledger'> & {
  readonly files: Pick<PolicyParts['files'], 'read'>;
  readonly ledger: Pick<PolicyParts['ledger'], 'readRoot'>;
}): PolicySource {
  return openPolicySource({
    ...parts,
    files: { read: (name, mostBytes) => files.read(name, mostBytes), create: () => Promise.resolve(false) },
    ledger: {
      readRoot: (chain, root) => ledger.readRoot(chain, root),
      append: () => Promise.resolve({ kind: 'known' }),
    },
  });
}
