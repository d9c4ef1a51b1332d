import { connect } from 'node:net';
import { findProgram } from '../../scripts/suite/find-program.ts';
import { freePort, makeFolder, Server } from './server.ts';

/**
 * Starts a Redis server that writes every command to disk before it answers.
 *
 * @param settings - those of redis.conf, such as `{ appendfsync: 'everysec' }`
 * @example await using redis = await startRedis();
 */
export async function startRedis(settings: Readonly<Record<string, string>> = {}): Promise<Server> {
  const program = findProgram('redis-server');
  if (program === undefined) throw new Error('redis-server is not installed: npm run servers installs it.');
  const port = await freePort();
  const folder = makeFolder('redis');
  const all = { appendonly: 'yes', appendfsync: 'always', save: '', ...settings };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  return Server.start({
    url: `redis://127.0.0.1:${port}`,
    port,
    folder,
    program,
    args: ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...args],
    stopSignal: 'SIGKILL',
    isReady: () => answersPing(port),
  });
}

/** Whether it answers; while it still loads its data it answers with an error. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    socket.setTimeout(1_000, () => done(false));
    socket.once('error', () => done(false));
    socket.once('data', (data) => done(data.toString().startsWith('+PONG')));
    socket.write('PING\r\n');
  });
}
