#!/usr/bin/env node
import { processOutput } from './process-output.ts';
import { runVerify } from './verify-program.ts';

// A separate program: whoever checks a ledger need neither run nor read the code that writes one. It handles no signal, so
// that Ctrl-C ends it at once.
process.exitCode = await runVerify(process.argv.slice(2), processOutput(process.stdout, process.stderr));
