import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Listens on a loopback port, a free one for 0; returns the port. */
export async function listen(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Ends a server with the connections that it has. */
export async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

/** A port that nobody else on this machine gets until it is released. */
export interface ReservedPort {
  readonly port: number;
  release(): Promise<void>;
}

/** Reserves a free loopback port for a server that starts later. */
export async function reservePort(): Promise<ReservedPort> {
  const holder = createServer();
  holder.listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  return {
    port,
    release: () =>
      new Promise((resolve) => {
        holder.close(() => resolve());
      }),
  };
}
