import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const file = fileURLToPath(new URL('run.ts', import.meta.url));
let running: ChildProcess | undefined;
/** Where the shop makes its folders, so that none is left behind of a shop that is killed. */
let temporary: string;

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'shop-run-'));
});

afterEach(() => {
  running?.kill('SIGKILL');
  rmSync(temporary, { recursive: true, force: true });
});

/** Starts the shop as a person would, and gives what it printed, growing. */
function run(env: Readonly<Record<string, string>>): { child: ChildProcess; printed: () => string } {
  const child = spawn(process.execPath, ['--conditions=@seaworthy/source', file], {
    env: { ...process.env, TMPDIR: temporary, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += String(chunk)));
  return { child, printed: () => text };
}

/** Runs it until the shop is open. */
async function open(): Promise<{ child: ChildProcess; url: string; pids: readonly number[] }> {
  const { child, printed } = run({ PORT: '0' });
  await vi.waitFor(() => expect(printed()).toContain('Ctrl-C'), 30_000);
  const pids = [...printed().matchAll(/pid (\d+)$/gm)].map((match) => Number(match[1]));
  return { child, pids, url: /http:\S+/.exec(printed())?.[0] ?? '' };
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the shop for a person', () => {
  it('opens, shows its page, and closes wholly on Ctrl-C', async () => {
    const { child, url, pids } = await open();
    expect(pids).toHaveLength(7);
    expect(await (await fetch(url)).text()).toContain('The Chandlery');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(pids.filter(alive)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('leaves no service behind when it is killed', async () => {
    const { child, pids } = await open();
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(pids.filter(alive)).toEqual([]), 20_000);
  });

  it('says which port is taken, and leaves nothing running', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const { child, printed } = run({ PORT: String(port) });
      expect(await once(child, 'exit')).toEqual([2, null]);
      expect(printed()).toContain(`Is port ${port} taken?`);
    } finally {
      server.close();
    }
  });
});
