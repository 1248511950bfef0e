import fc from 'fast-check';
import { exportSPKI, SignJWT, UnsecuredJWT } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { type TokenCheck, type TokenUse, type TokenVerifier } from '../../../shared/entra/caller.ts';
import { openTokenVerifier } from '../../../shared/entra/token-verifier.ts';
import { cliApp, openTestTenant, person, type TestTenant } from '../../support/entra-tokens.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { runs } from '../../support/effort.ts';

let clock: ManualClock;
let tenant: TestTenant;
let verifier: TokenVerifier;

beforeEach(async () => {
  clock = new ManualClock();
  tenant = await openTestTenant(clock);
  verifier = openTokenVerifier({ ...tenant, clock });
});

const uses: readonly TokenUse[] = ['session', 'api'];
const tokenFor = (use: TokenUse, claims: Record<string, unknown> = {}): Promise<string> =>
  use === 'session' ? tenant.idToken(claims) : tenant.accessToken(claims);
const outcome = (check: TokenCheck): string => (check.kind === 'refused' ? check.reason : check.kind);
const seconds = (): number => Math.floor(clock.now().getTime() / 1_000);
const other = '99999999-9999-4999-8999-999999999999';
const group = 'ABCDEFAB-4444-4444-8444-000000000004';

describe('who calls', () => {
  it.each(uses)('is what a token of the tenant says (%s)', async (use) => {
    const check = await verifier.verify(
      await tokenFor(use, {
        oid: person.toUpperCase(),
        roles: ['Leakstop.RiskOwner', 'Another.Role', 'Leakstop.Approver'],
        groups: [group],
      }),
      use,
    );
    expect(check).toEqual({
      kind: 'caller',
      caller: {
        kind: 'person',
        objectId: person,
        tenantId: tenant.tenantId,
        ...(use === 'api' && { appId: cliApp }),
        name: 'Ada',
        roles: ['Leakstop.Approver', 'Leakstop.RiskOwner'],
        groups: [group.toLowerCase()],
        hasAllGroups: true,
      },
    });
  });

  it.each([
    { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://graph.test' } } },
    { hasgroups: true },
    { hasgroups: 'true', groups: [group] },
  ])('may be in more groups than the token tells: %j', async (claims) => {
    const check = await verifier.verify(await tenant.idToken(claims), 'session');
    expect(check).toMatchObject({ caller: { hasAllGroups: false, groups: [] } });
  });

  it.each([{ idtyp: 'app', scp: undefined }, { scp: undefined }])(
    'is an app, which may read and nothing else: %j',
    async (claims) => {
      const roles = ['Leakstop.Approver', 'Leakstop.Auditor', 'Leakstop.Operator', 'Leakstop.RiskOwner'];
      const check = await verifier.verify(
        await tenant.accessToken({ ...claims, roles, name: undefined }),
        'api',
      );
      expect(check).toMatchObject({
        caller: { kind: 'app', appId: cliApp, roles: ['Leakstop.Auditor'], name: `app ${cliApp}` },
      });
    },
  );

  it('takes the application id URI for the audience of an access token only', async () => {
    const aud = `api://${tenant.clientId}`;
    expect(outcome(await verifier.verify(await tenant.accessToken({ aud }), 'api'))).toBe('caller');
    expect(outcome(await verifier.verify(await tenant.idToken({ aud }), 'session'))).toBe('audience');
  });
});

describe('a token that is not one for us', () => {
  const table: readonly (readonly [string, string, (claims: number) => Record<string, unknown>])[] = [
    ['another audience', 'audience', () => ({ aud: other })],
    ['several audiences', 'audience', () => ({ aud: [other, tenant.clientId] })],
    ['no audience', 'audience', () => ({ aud: undefined })],
    ['another tenant in tid', 'tenant', () => ({ tid: other })],
    ['another issuer', 'issuer', () => ({ iss: `${tenant.loginEndpoint}/${other}/v2.0` })],
    ['an issuer that begins alike', 'issuer', () => ({ iss: `${tenant.issuer}/` })],
    [
      'version 1.0',
      'issuer',
      () => ({
        iss: `https://sts.windows.net/${tenant.tenantId}/`,
        ver: '1.0',
        appid: cliApp,
        azp: undefined,
      }),
    ],
    ['version 1.0 from the issuer of 2.0', 'malformed', () => ({ ver: '1.0' })],
    ['expired, beyond the skew', 'expired', (now) => ({ exp: now - 61 })],
    ['not yet valid, beyond the skew', 'not-yet', (now) => ({ nbf: now + 61 })],
    ['issued in the future', 'not-yet', (now) => ({ iat: now + 61 })],
    ['without an end', 'malformed', () => ({ exp: undefined })],
    ['without a beginning', 'malformed', () => ({ nbf: undefined })],
    ['without a time of issue', 'malformed', () => ({ iat: undefined })],
    ['without an object id', 'malformed', () => ({ oid: undefined })],
    ['with an object id that is none', 'malformed', () => ({ oid: 'ada' })],
    ['without a tenant', 'malformed', () => ({ tid: undefined })],
    ['without a version', 'malformed', () => ({ ver: undefined })],
    ['roles that are no list', 'malformed', () => ({ roles: 'Leakstop.Approver' })],
    ['no roles', 'no-role', () => ({ roles: undefined })],
    ['roles of another app only', 'no-role', () => ({ roles: ['Admin', 'leakstop.approver'] })],
  ];
  it.each(table.flatMap((row) => uses.map((use) => [use, ...row] as const)))(
    '%s: %s is refused: %s',
    async (use, _, reason, claims) => {
      expect(outcome(await verifier.verify(await tokenFor(use, claims(seconds())), use))).toBe(reason);
    },
  );

  it.each(uses)('is taken within the skew of a minute (%s)', async (use) => {
    for (const claims of [{ exp: seconds() - 59 }, { nbf: seconds() + 59 }, { iat: seconds() + 59 }]) {
      expect(outcome(await verifier.verify(await tokenFor(use, claims), use))).toBe('caller');
    }
  });

  it.each(['access_as_user', 'Cases.Read access_as_user'])('with the scope "%s" is let in', async (scp) => {
    expect(outcome(await verifier.verify(await tenant.accessToken({ scp }), 'api'))).toBe('caller');
  });

  it('is refused where it serves the other use', async () => {
    expect(outcome(await verifier.verify(await tenant.idToken(), 'api'))).toBe('malformed');
    expect(outcome(await verifier.verify(await tenant.accessToken(), 'session'))).toBe('malformed');
  });

  it.each([
    ['an ID token with the id of an app', 'api', { nonce: 'n', scp: undefined }],
    ['an access token without its app', 'api', { azp: undefined }],
    ['an access token of nobody and for nothing', 'api', { scp: ' ' }],
    ['an access token for another scope of the registration', 'api', { scp: 'Cases.Read' }],
    [
      'an access token for a scope that only begins like ours',
      'api',
      { scp: 'access_as_user_2 Access_As_User' },
    ],
    ['an access token of a person and of an app', 'api', { idtyp: 'app' }],
    ['an app-only token as a session', 'session', { scp: undefined }],
    ['an app-only token with a nonce as a session', 'session', { scp: undefined, nonce: 'n', idtyp: 'app' }],
    ['an access token with a nonce as a session', 'session', { nonce: 'n' }],
  ] as const)('%s', async (_, use, claims) => {
    expect(outcome(await verifier.verify(await tenant.accessToken(claims), use))).toBe('malformed');
  });

  it('is refused when an app has no role that apps may have', async () => {
    const token = await tenant.accessToken({ scp: undefined, roles: ['Leakstop.Approver'] });
    expect(outcome(await verifier.verify(token, 'api'))).toBe('no-role');
  });

  it('is refused when another key has signed it, whatever it says of itself', async () => {
    const stranger = await openTestTenant(clock);
    expect(outcome(await verifier.verify(await stranger.accessToken(), 'api'))).toBe('signature');
  });

  it('is refused when it is not signed, or with anything but RS256', async () => {
    const [, payload = ''] = (await tenant.accessToken()).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const publicText = Buffer.from(await exportSPKI(tenant.publicKey()));
    const hmac = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
      .sign(publicText);
    const none = `${Buffer.from('{"alg":"none","kid":"key-1"}').toString('base64url')}.${payload}.`;
    expect(outcome(await verifier.verify(hmac, 'api'))).toBe('signature');
    expect(outcome(await verifier.verify(none, 'api'))).toBe('signature');
    expect(outcome(await verifier.verify(new UnsecuredJWT(claims).encode(), 'api'))).not.toBe('caller');
    expect(tenant.asked()).toBe(0);
  });

  it.each([
    ['', 'missing'],
    ['a', 'malformed'],
    ['..', 'malformed'],
    ['a.b.c', 'malformed'],
    ['a'.repeat(20_000), 'malformed'],
  ])('"%.20s" is refused', async (token, reason) => {
    expect(outcome(await verifier.verify(token, 'session'))).toBe(reason);
  });

  it('whatever is changed in a token, nobody gets in with it', async () => {
    const token = await tenant.accessToken();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 1),
        fc.oneof(fc.constant(''), fc.string({ maxLength: 5 }), fc.constantFrom('.', 'A', '_', 'é', '\u0000')),
        async (at, put) => {
          const mangled = token.slice(0, at) + put + token.slice(at + 1);
          const check = await verifier.verify(mangled, 'api');
          // The last character of a base64url text holds bits that mean nothing.
          expect(check.kind === 'refused' || sameBytes(mangled, token)).toBe(true);
        },
      ),
      { numRuns: runs(75) },
    );
  });

  it('whatever the claims are, it answers, and tells nothing of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          'oid',
          'tid',
          'ver',
          'roles',
          'groups',
          '_claim_names',
          'azp',
          'scp',
          'nonce',
          'aud',
          'iss',
          'exp',
          'nbf',
          'iat',
        ),
        fc.oneof(fc.jsonValue(), fc.constant('S3cretValue')),
        fc.constantFrom(...uses),
        async (name, value, use) => {
          const check = await verifier.verify(await tokenFor(use, { [name]: value }), use);
          expect(check.kind).not.toBe('unavailable');
          expect(check.kind === 'refused' ? check.message : '').not.toContain('S3cretValue');
        },
      ),
      { numRuns: runs(50) },
    );
  });
});

/** Whether two tokens say the same to the bit. */
function sameBytes(one: string, two: string): boolean {
  const bytes = (token: string) =>
    token.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'));
  return bytes(one).join('.') === bytes(two).join('.');
}

describe('the keys of the tenant', () => {
  const check = async (): Promise<string> =>
    outcome(await verifier.verify(await tenant.idToken(), 'session'));

  it('are asked for once, whoever comes at the same time, and again after an hour', async () => {
    expect(await Promise.all([check(), check(), check()])).toEqual(['caller', 'caller', 'caller']);
    expect(tenant.asked()).toBe(1);
    clock.advance(3_600_001);
    expect(await check()).toBe('caller');
    expect(tenant.asked()).toBe(2);
  });

  it.each([500, 404, 301, 'silent'] as const)(
    'that cannot be had (%s) say nothing about a token',
    async (fault) => {
      tenant.breakKeys(fault);
      expect(await check()).toBe('unavailable');
      tenant.breakKeys(undefined);
      clock.advance(1_001);
      expect(await check()).toBe('caller');
    },
  );

  it('that cannot be read any more let nobody in after their hour', async () => {
    expect(await check()).toBe('caller');
    tenant.breakKeys('silent');
    clock.advance(3_599_000);
    expect(await check()).toBe('caller');
    clock.advance(2_000);
    expect(await check()).toBe('unavailable');
  });

  it.each([
    ['no JSON', () => new Response('<html>')],
    ['no keys', () => Response.json({ keys: [] })],
    ['another shape', () => Response.json([])],
    ['keys of another kind', () => Response.json({ keys: [{ kty: 'EC', kid: 'key-1', crv: 'P-256' }] })],
    ['a key that is none', () => Response.json({ keys: [{ kty: 'RSA', kid: 'key-1', n: '!', e: '' }] })],
  ])('that are %s count as not to be had', async (_, answer) => {
    verifier = openTokenVerifier({ ...tenant, clock, fetch: () => Promise.resolve(answer()) });
    expect(await check()).toBe('unavailable');
  });

  it('of another issuer are not the tenant’s', async () => {
    const fetch: typeof globalThis.fetch = async (url) => {
      const { keys } = (await (await tenant.fetch(url)).json()) as { keys: object[] };
      return Response.json({
        keys: keys.map((key) => ({ ...key, issuer: 'https://login.test/other/v2.0' })),
      });
    };
    verifier = openTokenVerifier({ ...tenant, clock, fetch });
    expect(await check()).toBe('unavailable');
  });

  it('are asked for anew when a token names one that is not known, and not at every such token', async () => {
    expect(await check()).toBe('caller');
    await tenant.rotate(true);
    expect(await check()).toBe('signature');
    clock.advance(30_001);
    expect(await check()).toBe('caller');
    expect(tenant.asked()).toBe(2);
    const unknown = await tenant.sign({}, { kid: 'nobody' });
    for (let round = 0; round < 3; round += 1) {
      expect(outcome(await verifier.verify(unknown, 'session'))).toBe('signature');
    }
    expect(tenant.asked()).toBe(2);
  });

  it('that were withdrawn let nobody in once they are read again', async () => {
    const old = await tenant.idToken({ exp: seconds() + 100_000 });
    expect(outcome(await verifier.verify(old, 'session'))).toBe('caller');
    await tenant.rotate(false);
    clock.advance(3_600_001);
    expect(outcome(await verifier.verify(old, 'session'))).toBe('signature');
  });

  it('are not asked for by a flood while Entra is away', async () => {
    tenant.breakKeys(503);
    for (let round = 0; round < 10; round += 1) {
      expect(await check()).toBe('unavailable');
    }
    expect(tenant.asked()).toBe(1);
  });
});
