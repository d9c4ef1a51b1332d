import { connect, createServer, type Server, type Socket } from 'node:net';

/** Splits `host:port`, as a proxy gives it. */
export function portOf(listen: string): number {
  return Number(listen.slice(listen.lastIndexOf(':') + 1));
}

/** A TCP server on a free port of loopback. */
export interface TestServer {
  readonly address: string;
  readonly sockets: ReadonlySet<Socket>;
  close(): Promise<void>;
}

/** Starts a TCP server; errors of its sockets are expected and left alone. */
export async function serve(handle: (socket: Socket) => void): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  return {
    address: `127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`,
    sockets,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A server that sends back what it is sent, and `BYE` once the client ends. */
export function serveEcho(): Promise<TestServer> {
  return serve((socket) => {
    socket.pipe(socket, { end: false });
    socket.on('end', () => socket.end('BYE'));
  });
}

/** A client that keeps what it sees. */
export interface TestClient {
  readonly socket: Socket;
  /** Everything that came, as text. */
  text(): string;
  /** Resolves once that text came; rejects when the connection ends before. */
  saw(text: string): Promise<void>;
  /** Resolves with `EOF`, or the code of the error, once the server's side ended. */
  readonly ended: Promise<string>;
  readonly opened: Promise<void>;
}

/** Connects a client. */
export function client(listen: string): TestClient {
  const socket = connect({ port: portOf(listen), host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  let text = '';
  let over: string | undefined;
  let wake: () => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    wake();
  });
  const ended = new Promise<string>((resolve) => {
    const end = (how: string) => {
      over ??= how;
      wake();
      resolve(how);
    };
    socket.on('end', () => end('EOF'));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
  const opened = new Promise<void>((resolve) => socket.once('connect', resolve));
  const saw = async (wanted: string) => {
    while (!text.includes(wanted)) {
      if (over !== undefined)
        throw new Error(`The connection ended (${over}) before ${wanted} came; came: ${text}`);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return { socket, text: () => text, saw, ended, opened };
}

/** Waits in real time. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean, what: string, withinMs = 20_000): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > giveUpAt)
      throw new Error(`It did not come to this within ${withinMs} ms: ${what}.`);
    await pause(5);
  }
}
