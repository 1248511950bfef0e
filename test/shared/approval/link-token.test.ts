import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LinkClaims } from '../../../shared/approval/link-token.ts';
import { openLinkSigner, openLinkVerifier } from '../../../shared/approval/link-token.ts';
import { localKey } from '../../support/local-key.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const now = '2026-03-01T12:00:00.000Z';
const clock = new ManualClock(now);
const claims: LinkClaims = {
  caseId: 'a-case',
  subscription: '11111111-1111-4111-8111-111111111111',
  proposal: 'a'.repeat(64),
  expires: new Date('2026-03-02T12:00:00.000Z'),
};

const version = (name: string) => {
  const id = `https://vault.example/keys/links/${name}`;
  return { id, ...localKey(id) };
};
const [old, current] = [version('1'), version('2')];
const signerOf = (key: typeof old, id = key.id) =>
  openLinkSigner({ sign: (text) => key.sign(text), currentKeyId: () => Promise.resolve(id) });
const knowing = (...keys: (typeof old)[]) =>
  openLinkVerifier(
    { publicKey: (keyId) => Promise.resolve(keys.find(({ id }) => id === keyId)?.material) },
    clock,
  );

describe('a link', () => {
  it('says what it was made about', async () => {
    const token = await signerOf(current).sign(claims);
    expect(await knowing(current).verify(token)).toEqual({ kind: 'valid', claims });
  });

  it('of either key is good during a roll-over, and of the old one no longer after it', async () => {
    const tokens = await Promise.all([old, current].map((key) => signerOf(key).sign(claims)));
    for (const token of tokens) {
      expect(await knowing(old, current).verify(token)).toMatchObject({ kind: 'valid' });
    }
    expect(await knowing(current).verify(tokens[0]!)).toMatchObject({ reason: 'unknown-key' });
  });

  it('names the key that signed, though it got a new version in between', async () => {
    const signer = signerOf(current, old.id);
    expect(await knowing(old, current).verify(await signer.sign(claims))).toMatchObject({ kind: 'valid' });
  });

  it('is not handed out under the name of a key that did not sign it', async () => {
    let turns = 0;
    const turning = (most: number) =>
      openLinkSigner({
        sign: async (text) => ({
          ...(await current.sign(text)),
          keyId: `${current.id}/${Math.min(turns++, most)}`,
        }),
        currentKeyId: () => Promise.resolve('another'),
      });
    await expect(turning(9).sign(claims)).rejects.toMatchObject({ code: 'resource-changed' });
    turns = 0;
    const token = await turning(1).sign(claims);
    const header = Buffer.from(token.split('.')[0]!, 'base64url').toString();
    expect(JSON.parse(header)).toMatchObject({ kid: `${current.id}/1` });
  });

  it('that has expired says so, and what it was about', async () => {
    const token = await signerOf(current).sign({ ...claims, expires: new Date(now) });
    expect(await knowing(current).verify(token)).toMatchObject({
      reason: 'expired',
      claims: { caseId: 'a-case' },
    });
  });

  it('that was changed in any place is refused', async () => {
    const token = await signerOf(current).sign(claims);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 1),
        fc.constantFrom('A', 'a', '0', '9', '-', '_', '.'),
        async (at, letter) => {
          const changed = token.slice(0, at) + letter + token.slice(at + 1);
          // The last letter of a base64url text holds bits that mean nothing.
          fc.pre(changed !== token && at < token.length - 1);
          expect((await knowing(current).verify(changed)).kind).toBe('refused');
        },
      ),
    );
  });

  it.each([
    ['nothing', ''],
    ['a word', 'token'],
    ['too much', 'a'.repeat(10_000)],
    ['no signature', `${Buffer.from('{"alg":"none","typ":"leakstop-link+jwt"}').toString('base64url')}.e30.`],
  ])('that is %s is refused', async (_, token) => {
    expect(await knowing(current).verify(token)).toMatchObject({ kind: 'refused' });
  });

  it('signed by another key under the name of ours is refused', async () => {
    const forger = version('2');
    expect(await knowing(current).verify(await signerOf(forger).sign(claims))).toMatchObject({
      reason: 'signature',
    });
  });

  it('a signature over something else that the key signs is no link', async () => {
    const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'JWT', kid: current.id })).toString(
      'base64url',
    );
    const text = `${header}.${Buffer.from('{}').toString('base64url')}`;
    const { value } = await current.sign(text);
    expect(await knowing(current).verify(`${text}.${value}`)).toMatchObject({ reason: 'malformed' });
  });
});
