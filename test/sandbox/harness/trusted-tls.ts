import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createTls } from '../../../sandbox/tls.ts';
import type { Tls } from '../../../sandbox/tls.ts';

/** A certificate for localhost whose authority this process trusts from now on. */
export async function trustedTls(): Promise<Tls> {
  const tls = await createTls(mkdtempSync(join(tmpdir(), 'leakstop-tls-')));
  setDefaultCACertificates([...getCACertificates('default'), tls.ca]);
  return tls;
}
