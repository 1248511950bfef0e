import { webcrypto } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
// The decorators of x509 need it.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

/** A certificate authority made for one run, and the server certificate that it signed. */
export interface Tls {
  /** Paths of the PEM files; `caFile` is what NODE_EXTRA_CA_CERTS and REQUESTS_CA_BUNDLE name. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** The same as PEM text. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const lifetimeInMs = 7 * 24 * 60 * 60 * 1000;

/** Makes an authority and a certificate for localhost and 127.0.0.1, and writes them as PEM files into the directory. */
export async function createTls(directory: string): Promise<Tls> {
  const { certificate: authority, keys: authorityKeys } = await createAuthority();
  const { certificate: server, keys: serverKeys } = await createServerCertificate(authority, authorityKeys);
  const pem = {
    ca: `${authority.toString('pem')}\n`,
    cert: `${server.toString('pem')}\n`,
    key: await privateKeyPem(serverKeys.privateKey),
  };
  const files = {
    caFile: join(directory, 'ca.pem'),
    certFile: join(directory, 'server.pem'),
    keyFile: join(directory, 'server-key.pem'),
  };
  await mkdir(directory, { recursive: true });
  await Promise.all([
    writeFile(files.caFile, pem.ca),
    writeFile(files.certFile, pem.cert),
    writeFile(files.keyFile, pem.key, { mode: 0o600 }),
  ]);
  return { ...files, ...pem };
}

async function createAuthority() {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Leakstop sandbox authority',
    keys,
    signingAlgorithm: algorithm,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, keys };
}

async function createServerCertificate(authority: x509.X509Certificate, authorityKeys: CryptoKeyPair) {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: 'CN=localhost',
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: algorithm,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ]),
      // Without it the OpenSSL of newer Pythons refuses the chain.
      await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  return { certificate, keys };
}

type CryptoKeyPair = webcrypto.CryptoKeyPair;

async function generateKeys(): Promise<CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - 60_000), notAfter: new Date(now + lifetimeInMs) };
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n');
}
