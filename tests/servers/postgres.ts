import { execFileSync, spawn } from 'node:child_process';
import { chownSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../scripts/suite/find-program.ts';
import { freePort, makeFolder, Server } from './server.ts';

/**
 * Starts a PostgreSQL server with an empty database, about two seconds the first time. It refuses to run as root, so
 * root runs it as the user `postgres`.
 *
 * @param settings - those of postgresql.conf, such as `{ max_connections: '20' }`
 * @example await using postgres = await startPostgres();
 */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<Server> {
  const [initdb, program, isReady] = ['initdb', 'postgres', 'pg_isready'].map(findProgram);
  if (initdb === undefined || program === undefined || isReady === undefined) {
    throw new Error('PostgreSQL is not installed: npm run servers installs it.');
  }
  const user = process.getuid?.() === 0 ? 'postgres' : undefined;
  const port = await freePort();
  const folder = makeFolder('postgres');
  const data = join(folder, 'data');
  try {
    makeData(initdb, folder, data, user);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const all = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '', ...settings };
  const where = ['--host=127.0.0.1', `--port=${port}`, '--username=seaworthy', '--dbname=postgres'];
  return Server.start({
    url: `postgres://seaworthy@127.0.0.1:${port}/postgres`,
    port,
    folder,
    program,
    args: ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    ...(user === undefined ? {} : { user }),
    stopSignal: 'SIGQUIT',
    isReady: async () => (await exitCode(isReady, [...where, '--timeout=5', '--quiet'])) === 0,
  });
}

function makeData(initdb: string, folder: string, data: string, user: string | undefined): void {
  const args = ['-D', data, '--username=seaworthy', '--auth=trust', '--encoding=UTF8', '--no-sync'];
  // In the order of bytes nothing works by luck: the store has to ask for the order that it needs.
  const locale = ['--locale-provider=icu', '--icu-locale=en-US', '--locale=C.UTF-8'];
  const [command, ...rest] =
    user === undefined
      ? [initdb, ...args, ...locale]
      : ['setpriv', '--reuid', user, '--regid', user, '--init-groups', '--', initdb, ...args, ...locale];
  if (user !== undefined) chownSync(folder, idOf('-u', user), idOf('-g', user));
  execFileSync(command, rest, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
}

function idOf(flag: '-u' | '-g', user: string): number {
  return Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
}

function exitCode(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore' });
    child.once('error', () => resolve(127));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
