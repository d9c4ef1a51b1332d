import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

/** The servers behind the proxies: iperf3 for bytes, nginx for requests, an echo for single messages. */
export interface Upstreams {
  readonly iperf: number;
  readonly http: number;
  readonly echo: number;
}

/** A proxy under measurement: the ports behind which each upstream is found. */
export interface Peer {
  readonly name: string;
  readonly ports: Upstreams;
  /** Its processes, whose memory is counted together. */
  readonly pids: readonly number[];
  /** Puts a latency of so many ms on every stream to the server, where it can. */
  readonly setLatency?: (ms: number) => Promise<void>;
}

/** Whether a program is there. */
export function installed(program: string, flag = '-v'): boolean {
  return spawnSync(program, [flag]).error === undefined;
}

/** Everything that runs; stopped together, by process id. */
export class Stage {
  readonly #folder: string;
  readonly #running: ChildProcess[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts a program and waits until the ports answer. */
  async start(command: string, args: readonly string[], ports: readonly number[]): Promise<number> {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], cwd: this.#folder });
    this.#running.push(child);
    for (const port of ports) await answering(port, child);
    return child.pid ?? 0;
  }

  /** Writes a file next to the programs and returns its path. */
  file(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text);
    return path;
  }

  async stop(): Promise<void> {
    const ended = this.#running.map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of this.#running) if (child.exitCode === null) child.kill('SIGTERM');
    await Promise.race([Promise.all(ended), new Promise((resolve) => setTimeout(resolve, 3000))]);
  }
}

/** Starts the servers that all peers stand in front of. */
export async function startUpstreams(stage: Stage, ports: Upstreams): Promise<void> {
  await stage.start('iperf3', ['-s', '-p', String(ports.iperf), '-B', '127.0.0.1'], []);
  const config = `worker_processes 1; daemon off; pid nginx-http.pid; error_log stderr crit;
events { worker_connections 4096; }
http { access_log off; server { listen 127.0.0.1:${ports.http}; keepalive_requests 1000000000;
  location / { return 200 "hello from the other side of the proxy"; } } }`;
  await stage.start('nginx', ['-p', '.', '-c', stage.file('nginx-http.conf', config)], [ports.http]);
  const echo = `require('net').createServer({ noDelay: true }, (s) => { s.pipe(s); s.on('error', () => s.destroy()); })
    .listen({ port: ${ports.echo}, host: '127.0.0.1', backlog: 4096 });`;
  await stage.start(process.execPath, ['-e', echo], [ports.echo]);
}

/** Ports of a peer, counted from a base. */
function portsFrom(base: number): Upstreams {
  return { iperf: base, http: base + 1, echo: base + 2 };
}

/** nginx with its stream module, one worker. */
export async function nginxStream(stage: Stage, to: Upstreams, base: number): Promise<Peer> {
  const ports = portsFrom(base);
  const servers = pairs(ports, to).map(
    ([listen, upstream]) => `server { listen 127.0.0.1:${listen}; proxy_pass 127.0.0.1:${upstream}; }`,
  );
  // Where Debian keeps the module; elsewhere it is often built in.
  const module = '/usr/lib/nginx/modules/ngx_stream_module.so';
  const [program, flag] = ['nginx', '-V'];
  const built = spawnSync(program, [flag], { encoding: 'utf8' }).stderr;
  if (!existsSync(module) && !/--with-stream(?!=dynamic)\b/.test(built)) {
    throw new Error('nginx has no stream module; install it (Debian: apt-get install libnginx-mod-stream).');
  }
  const config = `${existsSync(module) ? `load_module ${module};` : ''}
worker_processes 1; daemon off; pid nginx-stream.pid; error_log stderr crit;
events { worker_connections 8192; } stream { ${servers.join('\n')} }`;
  const pid = await stage.start(
    'nginx',
    ['-p', '.', '-c', stage.file('nginx-stream.conf', config)],
    [ports.http, ports.echo],
  );
  return { name: 'nginx stream', ports, pids: [pid, ...children(pid)] };
}

/** HAProxy in TCP mode, one thread. */
export async function haproxy(stage: Stage, to: Upstreams, base: number): Promise<Peer> {
  const ports = portsFrom(base);
  const listens = pairs(ports, to).map(
    ([listen, upstream]) => `listen p${listen}\n  bind 127.0.0.1:${listen}\n  server s 127.0.0.1:${upstream}`,
  );
  const config = `global\n  nbthread 1\n  maxconn 8192\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 10m\n  timeout server 10m\n${listens.join('\n')}\n`;
  const pid = await stage.start(
    'haproxy',
    ['-f', stage.file('haproxy.cfg', config)],
    [ports.http, ports.echo],
  );
  return { name: 'HAProxy', ports, pids: [pid, ...children(pid)] };
}

/** Two pipes in Node, and nothing else. */
export async function nodePipe(stage: Stage, to: Upstreams, base: number): Promise<Peer> {
  const ports = portsFrom(base);
  const code = `const net = require('net');
for (const [listen, upstream] of ${JSON.stringify(pairs(ports, to))}) net.createServer({ noDelay: true }, (client) => {
  const server = net.connect({ port: upstream, noDelay: true });
  client.pipe(server).pipe(client);
  client.on('error', () => server.destroy()); server.on('error', () => client.destroy());
}).listen({ port: listen, host: '127.0.0.1', backlog: 4096 });`;
  const pid = await stage.start(process.execPath, ['-e', code], [ports.http, ports.echo]);
  return { name: 'Node pipe', ports, pids: [pid] };
}

/** This proxy, driven over its HTTP API as Toxiproxy is. */
export async function seaworthy(stage: Stage, to: Upstreams, base: number): Promise<Peer> {
  const entry = new URL('serve.ts', import.meta.url).pathname;
  const api = base + 3;
  const args = ['--conditions=@seaworthy/source', entry, String(api)];
  const pid = await stage.start(process.execPath, args, [api]);
  return { name: 'Seaworthy', ...(await overApi(api, base, to)), pids: [pid] };
}

/** Toxiproxy itself. */
export async function toxiproxy(stage: Stage, program: string, to: Upstreams, base: number): Promise<Peer> {
  const api = base + 3;
  process.env['LOG_LEVEL'] = 'error';
  const pid = await stage.start(program, ['-port', String(api)], [api]);
  return { name: 'Toxiproxy', ...(await overApi(api, base, to)), pids: [pid] };
}

async function overApi(
  api: number,
  base: number,
  to: Upstreams,
): Promise<Pick<Peer, 'ports' | 'setLatency'>> {
  const ports = portsFrom(base);
  const call = async (path: string, body: object) => {
    const answer = await fetch(`http://127.0.0.1:${api}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  };
  for (const [listen, upstream] of pairs(ports, to)) {
    await call('/proxies', {
      name: `p${listen}`,
      listen: `127.0.0.1:${listen}`,
      upstream: `127.0.0.1:${upstream}`,
    });
  }
  const setLatency = async (latency: number) => {
    await call('/reset', {});
    if (latency === 0) return;
    for (const listen of Object.values(ports)) {
      await call(`/proxies/p${listen}/toxics`, {
        type: 'latency',
        stream: 'upstream',
        attributes: { latency },
      });
    }
  };
  return { ports, setLatency };
}

function pairs(from: Upstreams, to: Upstreams): readonly (readonly [number, number])[] {
  return [
    [from.iperf, to.iperf],
    [from.http, to.http],
    [from.echo, to.echo],
  ];
}

function children(pid: number): readonly number[] {
  const { stdout } = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean).map(Number);
}

async function answering(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}.`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${child.spawnfile} does not answer on port ${port}.`);
}
