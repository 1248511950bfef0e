#!/usr/bin/env node
import { processOutput } from './process-output.ts';
import { runVerify } from './verify-program.ts';

// A program of its own: whoever checks a ledger need not run, nor read, what writes one. It listens to no signal, so that
// Ctrl-C ends it at once.
process.exitCode = await runVerify(process.argv.slice(2), processOutput(process.stdout, process.stderr));
