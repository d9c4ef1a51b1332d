import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partition } from '../../proxy/network/partition.ts';
import { linkQueue } from './link-queue.ts';
import { type NamespaceLink, namespaceLink } from './namespace-link.ts';
import { requireNetworkRights } from './network-rights.ts';

const mayChangeNetworks = (() => {
  try {
    requireNetworkRights();
    execFileSync('nft', ['--version']);
    return true;
  } catch {
    return false;
  }
})();

// Where the rights or tools are missing, the one promise is the clear error.
if (mayChangeNetworks) describe('a link of the real network', changing);
else describe('a link of the real network, without the right or the tools', refusing);

function refusing(): void {
  it('says what is missing, and what to use instead', async () => {
    const attempt = async () => {
      const link = namespaceLink({ namespace: { name: 'none' }, to: '10.231.7.2' });
      await link.addToxic({ type: 'drop' });
    };
    await expect(attempt()).rejects.toThrow(/put a proxy on the link|There is no such namespace/);
  });
}

function changing(): void {
  const here = `sw-a-${process.pid}`;
  const there = `sw-b-${process.pid}`;
  const device = `swv${process.pid % 100_000}`;
  const address = '10.231.7.2';
  let server: ChildProcess;
  let link: NamespaceLink;

  const ip = (...args: string[]) => execFileSync('ip', args);
  const within = (name: string, code: string) =>
    spawn('ip', ['netns', 'exec', name, process.execPath, '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  beforeAll(async () => {
    ip('netns', 'add', here);
    ip('netns', 'add', there);
    ip(
      'link',
      'add',
      `${device}a`,
      'netns',
      here,
      'type',
      'veth',
      'peer',
      'name',
      `${device}b`,
      'netns',
      there,
    );
    for (const [name, side, own] of [
      [here, 'a', '10.231.7.1'],
      [there, 'b', address],
    ] as const) {
      ip('-n', name, 'addr', 'add', `${own}/24`, 'dev', `${device}${side}`);
      ip('-n', name, 'link', 'set', `${device}${side}`, 'up');
      // The kernel's own answers travel over it.
      ip('-n', name, 'link', 'set', 'lo', 'up');
    }
    server = within(
      there,
      `require('net').createServer((s) => s.on('error', () => 0).pipe(s)).listen(7, () => console.log('up'));`,
    );
    await new Promise((resolve) => server.stdout?.once('data', resolve));
    link = namespaceLink({ namespace: { name: here }, to: address, port: 7 });
  });
  afterAll(() => {
    server.kill();
    ip('netns', 'del', here);
    ip('netns', 'del', there);
  });

  /** Asks the echo once, on a new connection: what comes back, or the code of the error, or `silence`. */
  async function ask(patienceMs = 500): Promise<string> {
    const code = `const s = require('net').connect(7, '${address}', () => s.write('hi'));
const say = (text) => { console.log(text); process.exit(); };
s.on('data', (d) => say(d.toString())); s.on('error', (e) => say(e.code)); setTimeout(() => say('silence'), ${patienceMs});`;
    const child = within(here, code);
    let text = '';
    for await (const chunk of child.stdout ?? []) text += String(chunk);
    return text.trim();
  }

  it.each(['upstream', 'downstream'] as const)('loses packets %s, counts them, and heals', async (stream) => {
    expect(await ask(5000)).toBe('hi');
    await link.addToxic({ type: 'drop', stream });
    expect(await ask()).toBe('silence');
    expect(await link.packets(`drop_${stream}`)).toBeGreaterThan(0);
    await link.removeToxic(`drop_${stream}`);
    expect(await ask(5000)).toBe('hi');
  });

  it('refuses connections', async () => {
    await link.addToxic({ type: 'refuse' });
    expect(await ask(5000)).toBe('ECONNREFUSED');
    await link.removeToxic('refuse_downstream');
    expect(await ask(5000)).toBe('hi');
  });

  it('is undone by its command alone', async () => {
    await link.addToxic({ type: 'drop', stream: 'upstream', name: 'left behind' });
    const [program = '', ...args] = link.undo('left behind');
    execFileSync(program, args);
    expect(await ask(5000)).toBe('hi');
  });

  it('is parted and healed as a link with a proxy is', async () => {
    await using split = await partition([{ from: 'a', to: 'b', proxy: link }], {
      between: ['a'],
      and: ['b'],
    });
    expect(await ask()).toBe('silence');
    await split.heal();
    expect(await ask(5000)).toBe('hi');
  });

  it('is slowed where the kernel can, and says so where it cannot', async () => {
    const slow = link.addToxic({ type: 'latency', stream: 'upstream', attributes: { latency: 300 } });
    const outcome = await slow.then(
      () => 'slowed',
      (error: { code: string }) => error.code,
    );
    const before = performance.now();
    expect(await ask(5000)).toBe('hi');
    if (outcome === 'slowed') expect(performance.now() - before).toBeGreaterThan(600);
    else expect(outcome).toBe('NETEM_MISSING');
    await link.removeToxic('latency_upstream');
    // Nothing is left of it, whether it worked or not.
    expect(String(execFileSync('ip', ['netns', 'exec', here, 'tc', 'qdisc', 'show']))).not.toContain('5ea:');
  });

  it('has a queue of its own on a device that others use, and takes it away', async () => {
    const run = (script: string, ...flags: readonly string[]) =>
      execFileSync('ip', ['netns', 'exec', here, 'sh', ...flags, '-c', script], { stdio: 'pipe' });
    // A queue in which there is room for nothing stands for one that is slow, where the kernel has none that is.
    const tight = (to: string, port?: number) =>
      linkQueue({ to, port, name: `to ${to}`, discipline: ['bfifo', 'limit', '1'] });
    run(tight('10.231.7.9').add, '-e');
    run(tight(address, 8).add, '-e');
    expect(await ask(5000)).toBe('hi');
    run(tight(address, 7).add, '-e');
    expect(await ask()).toBe('silence');
    for (const queue of [tight(address, 7), tight(address, 7), tight(address, 8), tight('10.231.7.9')]) {
      run(queue.remove);
    }
    expect(await ask(5000)).toBe('hi');
    expect(String(run('tc qdisc show'))).not.toContain('htb');
  });

  it.each([
    [
      () => link.addToxic({ type: 'slicer', attributes: { average_size: 1 } }),
      'The kernel has no slicer; it has drop,',
    ],
    [() => link.addToxic({ type: 'latency' }), 'use stream "upstream"'],
    [
      () => namespaceLink({ namespace: { name: 'no-such' }, to: address }).addToxic({ type: 'drop' }),
      'There is no such namespace: /run/netns/no-such.',
    ],
    [
      async () => namespaceLink({ namespace: { name: '../etc' }, to: address }),
      'Expected a name of a namespace',
    ],
    [
      async () => namespaceLink({ namespace: { name: 'a' }, to: '1.2.3.4; drop' }),
      'Expected `to` to be an IP address',
    ],
  ])('refuses what cannot be done: %#', async (attempt, message) => {
    await expect(attempt()).rejects.toThrow(message);
  });
}
