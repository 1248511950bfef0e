import * as fc from 'fast-check';
import { runs } from './effort.ts';

/** Loaded before each file at length: laws that do not say how often they are tried are tried more often too. */
fc.configureGlobal({ numRuns: runs(100) });
