import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Member } from './declared-members.ts';
import { keepers, readElsewhere } from './read-elsewhere.ts';
import { faultsOf } from './faults.ts';
import { production, unusedMembers } from './unused-members.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = globSync(`{${production.join(',')}}/**/*.ts`, { cwd: root }).sort();
const unused: readonly Member[] = unusedMembers({ root, files, keepers });
const faults = faultsOf(unused, readElsewhere);
process.stdout.write(faults.map((fault) => `${fault}\n`).join(''));
process.exitCode = faults.length === 0 ? 0 : 1;
