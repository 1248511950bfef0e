import { buildWhenStale } from '../test/e2e/built-app.ts';
import { benchClosure, benchScenarios } from './closure.ts';
import { benchContention } from './contention.ts';
import { benchLedger } from './ledger.ts';
import { benchPages } from './pages.ts';
import { benchStartUp } from './start-up.ts';
import { benchOutage, benchStorm } from './storm.ts';
import { benchSweep } from './sweep.ts';
import { benchTugOfWar } from './tug-of-war.ts';
import { benchVerify } from './verify.ts';

const benches: Readonly<Record<string, () => Promise<void>>> = {
  'start-up': benchStartUp,
  closure: benchClosure,
  scenarios: benchScenarios,
  storm: benchStorm,
  outage: benchOutage,
  ledger: benchLedger,
  contention: benchContention,
  verify: benchVerify,
  sweep: benchSweep,
  pages: benchPages,
  'tug-of-war': benchTugOfWar,
};

/** Runs the named benches, or all of them if none is named. */
async function run(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !(name in benches));
  if (unknown.length > 0) {
    throw new Error(`No bench "${unknown.join('", "')}": there are ${Object.keys(benches).join(', ')}`);
  }
  await buildWhenStale();
  for (const [name, bench] of Object.entries(benches)) {
    if (names.length === 0 || names.includes(name)) {
      await bench();
    }
  }
}

await run(process.argv.slice(2));
process.exit(0);
