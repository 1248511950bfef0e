import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tokenOf } from './token.ts';

/** A managed identity of an app. */
export interface AppIdentity {
  /** What an app needs in its environment to use it. */
  readonly settings: Record<string, string>;
  /** Assigns it to the app, as it is from the start, or takes it away: its endpoint refuses then. */
  readonly assign: (isAssigned: boolean) => void;
  readonly stop: () => void;
}

/** An identity whose tokens all name this object id. */
export async function identityOf(objectId: string): Promise<AppIdentity> {
  let isAssigned = true;
  const server = createServer((request, response) => {
    if (!isAssigned) {
      response.writeHead(400, { 'content-type': 'application/json' }).end(
        JSON.stringify({
          statusCode: 400,
          message: 'No User Assigned or Delegated Managed Identity found',
        }),
      );
      return;
    }
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
    assign: (wanted) => {
      isAssigned = wanted;
    },
    stop: () => server.close(),
  };
}
