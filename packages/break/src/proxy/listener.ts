import { createServer, type Server, type Socket } from 'node:net';
import { type Address, formatAddress } from './address.ts';
import { ProxyError } from './errors.ts';

/** The port that a proxy listens on: opened, shut and opened again at the same address. */
export class Listener {
  readonly #accept: (client: Socket) => void;
  #server: Server | undefined;

  constructor(accept: (client: Socket) => void) {
    this.#accept = accept;
  }

  get open(): boolean {
    return this.#server !== undefined;
  }

  /**
   * Listens. Returns the address with the port it really has.
   *
   * @param text - the address as people wrote it, for the error
   * @throws ProxyError `PROXY_ADDRESS_IN_USE`, `PROXY_ADDRESS_UNAVAILABLE`
   */
  async listen(address: Address, text: string): Promise<string> {
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, this.#accept);
    await bind(server, address, text);
    this.#server = server;
    const bound = server.address();
    return bound && typeof bound === 'object' ? formatAddress(bound.address, bound.port) : text;
  }

  /** Refuses connections from now on; open ones stay. Resolves once the last of them is closed. */
  shut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    return server ? new Promise((resolve) => server.close(() => resolve())) : Promise.resolve();
  }
}

/** Binds a server, and says in one clear error why that cannot be. */
async function bind(server: Server, address: Address, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const inUse = cause.code === 'EADDRINUSE';
      const why = inUse
        ? 'another program listens there; choose another port, or 0 for a free one'
        : cause.message;
      const code = inUse ? 'PROXY_ADDRESS_IN_USE' : 'PROXY_ADDRESS_UNAVAILABLE';
      reject(new ProxyError(code, `The proxy cannot listen on ${text}: ${why}.`, { cause }));
    });
    const host = address.host === '' ? {} : { host: address.host };
    server.listen({ ...host, port: address.port, backlog: 4096 }, resolve);
  });
}
