import { randomBytes } from 'node:crypto';

/** The secrets of accounts. They lie beside the bodies, so that no read of a resource can show them. */
export class KeyRing {
  /** Text that every secret starts with, by which tests find a secret wherever it was written. */
  marker = 'canary-';
  #secrets = new Map<string, string>();

  /** The secret of an account's key; made when first asked for. */
  secret(accountId: string, keyName: string): string {
    const key = `${accountId.toLowerCase()}|${keyName}`;
    const known = this.#secrets.get(key);
    if (known !== undefined) {
      return known;
    }
    this.#secrets.set(key, this.#newSecret());
    return this.secret(accountId, keyName);
  }

  /** Makes a new secret; the old one is gone for good. */
  regenerate(accountId: string, keyName: string): void {
    this.#secrets.set(`${accountId.toLowerCase()}|${keyName}`, this.#newSecret());
  }

  #newSecret(): string {
    return `${this.marker}${randomBytes(48).toString('base64')}`;
  }
}
