/**
 * A connection in between that can lose replies: for the shop's tests. The request arrives and is answered; the answer
 * is thrown away and the connection closed, which is what a caller sees of a server that dies right after its work.
 */

import { createServer, connect, type AddressInfo } from 'node:net';

/** A proxy in front of one server. */
export interface DroppingProxy {
  readonly url: string;
  /** Whether replies are lost from now on. */
  dropReplies(drop: boolean): void;
  /** How many were. */
  readonly dropped: number;
  close(): Promise<void>;
}

/** Starts the proxy in front of the server at `url`. */
export async function startDroppingProxy(url: string): Promise<DroppingProxy> {
  const { hostname, port } = new URL(url);
  const state = { drop: false, dropped: 0 };
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const end = (): void => {
      client.destroy();
      upstream.destroy();
      sockets.delete(client);
    };
    sockets.add(client);
    client.pipe(upstream);
    upstream.on('data', (reply) => {
      if (!state.drop) {
        client.write(reply);
        return;
      }
      state.dropped++;
      end();
    });
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dropReplies: (drop) => {
      state.drop = drop;
    },
    get dropped() {
      return state.dropped;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
