import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { faultKinds } from '@seaworthy/break/faults';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from './cli.ts';
import { withDoubleDashes } from './commands/proxy.ts';
import type { Output } from './terminal.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seaworthy-cli-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function collector(): { readonly output: Output; readonly text: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString('utf8'));
      done();
    },
  });
  return { output: { stream, terminal: undefined, colour: false }, text: () => chunks.join('') };
}

async function run(...args: readonly string[]) {
  const [out, err] = [collector(), collector()];
  const exitCode = await runCli(args, { out: out.output, err: err.output, keys: undefined, env: {}, folder });
  return { exitCode, out: out.text(), err: err.text() };
}

describe('the command line', () => {
  it.each(['run', 'gameday', 'validate', 'report', 'undo', 'faults', 'proxy'])(
    'has help with an example for %s',
    async (command) => {
      const { exitCode, out } = await run(command, '--help');
      expect(exitCode).toBe(0);
      expect(out).toMatch(new RegExp(`Examples?:\\n  seaworthy ${command}`));
    },
  );

  it('says its version', async () => {
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('shows what there is when nothing is asked, as a mistake', async () => {
    const { exitCode, err } = await run();
    expect(exitCode).toBe(2);
    expect(err).toContain('Commands:');
  });

  it('names the nearest command', async () => {
    expect(await run('valdate', 'x')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('validate'),
    });
  });

  it('checks every file of several, and fails when one is wrong', async () => {
    const { exitCode, err } = await run('validate', join(folder, 'a.yaml'), join(folder, 'b.yaml'));
    expect(exitCode).toBe(2);
    expect(err).toContain('a.yaml');
    expect(err).toContain('b.yaml');
  });

  it('tells of every fault and each of its options', async () => {
    const { out } = await run('faults');
    for (const { name, options } of faultKinds) {
      expect(out).toMatch(new RegExp(`^${name}$`, 'm'));
      for (const option of options) expect(out).toMatch(new RegExp(`^ {4}${option.name} `, 'm'));
    }
  });

  it('says where it looked for runs that there are not', async () => {
    const { exitCode, err } = await run('undo');
    expect(exitCode).toBe(2);
    expect(err).toContain(folder);
  });
});

describe('the options of the proxy', () => {
  it('may have one dash, as the scripts have that start Toxiproxy', () => {
    expect(withDoubleDashes(['proxy', '-host', '::1', '-port=8475', '-seed', '-1'])).toEqual([
      'proxy',
      '--host',
      '::1',
      '--port=8475',
      '--seed',
      '-1',
    ]);
  });

  it('are those of the proxy alone', () => {
    expect(withDoubleDashes(['run', '-seed', '1'])).toEqual(['run', '-seed', '1']);
  });
});
