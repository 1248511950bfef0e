import { createHmac } from 'node:crypto';

/**
 * Seals texts for an app that carries out changes. Whoever can write rows can copy seals, and can make none: the key lies in
 * Key Vault for that app alone.
 */
export interface Sealer {
  /** Name of the app. It is part of every seal: a seal counts for its own app only. */
  readonly app: string;
  /** 32 bytes: HMAC-SHA-256. `purpose` names the kind of text, so that a seal of one kind never serves another. */
  mac(purpose: string, text: string): Buffer;
}

/** Number of bytes of a data key. */
export const dataKeyBytes = 32;

/** @throws TypeError for a key of another length */
export function createSealer(app: string, key: Uint8Array): Sealer {
  if (key.length !== dataKeyBytes) {
    throw new TypeError(`A data key has ${dataKeyBytes} bytes, and this one has ${key.length}`);
  }
  return {
    app,
    // The length keeps the three parts apart, whatever they hold.
    mac: (purpose, text) =>
      createHmac('sha256', key)
        .update(`leakstop seal ${app.length} ${purpose.length} ${app}${purpose}${text}`)
        .digest(),
  };
}
