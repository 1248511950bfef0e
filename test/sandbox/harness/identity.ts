import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tokenOf } from './token.ts';

/** App settings of a managed identity whose tokens all name this object id, and the way to end its endpoint. */
export async function identityOf(
  objectId: string,
): Promise<{ settings: Record<string, string>; stop: () => void }> {
  const server = createServer((request, response) => {
    void tokenOf(objectId)
      .getToken()
      .then(({ token, expiresOnTimestamp }) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(
          JSON.stringify({
            access_token: token,
            expires_on: String(Math.floor(expiresOnTimestamp / 1000)),
            resource: 'https://storage.azure.com',
            token_type: 'Bearer',
          }),
        ),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    settings: { IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi/token`, IDENTITY_HEADER: 'secret' },
    stop: () => server.close(),
  };
}
