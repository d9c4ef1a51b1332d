import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * Who listens on a port of this machine, for an error's text: `node (process 4711)`. `undefined` when it cannot be
 * found out, as with another user's process.
 */
export async function portHolder(port: number): Promise<string | undefined> {
  try {
    return process.platform === 'linux' ? await holderFromProc(port) : await holderFromLsof(port);
  } catch {
    return undefined;
  }
}

async function holderFromProc(port: number): Promise<string | undefined> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  const links = new Set(
    tables.flatMap((table) => listeners(table, port)).map((inode) => `socket:[${inode}]`),
  );
  if (links.size === 0) return undefined;
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const folder = `/proc/${pid}/fd`;
    for (const fd of await readdir(folder).catch(() => [])) {
      const link = await readlink(`${folder}/${fd}`).catch(() => '');
      if (links.has(link)) return `${(await readFile(`/proc/${pid}/comm`, 'utf8')).trim()} (process ${pid})`;
    }
  }
  return undefined;
}

/** The inodes of the sockets that listen on the port, from a table such as `/proc/net/tcp`. */
export function listeners(table: string, port: number): string[] {
  const listening = '0A';
  return table.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [, local, , state] = fields;
    const inode = fields[9];
    if (local === undefined || state !== listening || inode === undefined) return [];
    return Number.parseInt(local.split(':')[1] ?? '', 16) === port ? [inode] : [];
  });
}

function holderFromLsof(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const args = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'];
    execFile('lsof', args, { timeout: 2_000 }, (_error, stdout) => {
      const pid = /^p(\d+)$/m.exec(stdout)?.[1];
      const program = /^c(.+)$/m.exec(stdout)?.[1];
      resolve(pid === undefined ? undefined : `${program ?? 'a program'} (process ${pid})`);
    });
  });
}
