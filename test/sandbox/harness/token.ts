/** A credential whose tokens say what Azurite looks at; the signature is any text. */
export function tokenOf(
  objectId: string,
  signature = 'signature',
): {
  getToken(): Promise<{ token: string; expiresOnTimestamp: number }>;
} {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    aud: 'https://storage.azure.com',
    iss: 'https://sts.windows.net/00000000-0000-0000-0000-000000000001/',
    iat: now,
    nbf: now - 300,
    exp: now + 86_400,
    oid: objectId,
  };
  const token = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${Buffer.from(signature).toString('base64url')}`;
  return { getToken: () => Promise.resolve({ token, expiresOnTimestamp: claims.exp * 1000 }) };
}
