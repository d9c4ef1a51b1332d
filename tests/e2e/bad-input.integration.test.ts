import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run, runFolders, tiny } from './command.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seaworthy-e2e-'));
  cpSync(tiny, folder, { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Changes a file, and fails when there is nothing to change. */
function change(file: string, from: string, to: string): void {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no ${from}.`);
  writeFileSync(path, text.replace(from, to));
}

interface Row {
  readonly what: string;
  readonly prepare?: () => void;
  readonly args: readonly string[];
  /** What the message has to name: the thing, and the mend. */
  readonly message: readonly RegExp[];
}

const experiment = ['run', 'back-killed.yaml'];

const rows: readonly Row[] = [
  { what: 'an unknown command', args: ['gamedya', 'x.yaml'], message: [/gamedya/, /gameday/] },
  { what: 'an unknown option', args: [...experiment, '--sede', '1'], message: [/--sede/, /--seed/] },
  {
    what: 'an option of the wrong form',
    args: [...experiment, '--seed', 'x'],
    message: [/--seed/, /whole number/],
  },
  { what: 'no file', args: ['run'], message: [/FILE/] },
  {
    what: 'a file that is not there',
    args: ['run', 'back-kiled.yaml'],
    message: [/back-kiled/, /back-killed\.yaml/],
  },
  { what: 'a file of another kind', args: ['run', 'game-day.yaml'], message: [/Game Day/] },
  { what: 'a mode that is not there', args: [...experiment, '--mode', 'naiv'], message: [/naiv/, /naive/] },
  {
    what: 'an unknown key',
    prepare: () => change('back-killed.yaml', 'expect:', 'expects:'),
    args: experiment,
    message: [/back-killed\.yaml:\d+:\d+/, /expects/, /expect/],
  },
  {
    what: 'a wrong unit',
    prepare: () => change('back-killed.yaml', 'for: 1s', 'for: 1sec'),
    args: experiment,
    message: [/back-killed\.yaml:\d+:\d+/, /1sec/],
  },
  {
    what: 'an unknown fault',
    prepare: () => change('back-killed.yaml', 'fault: kill', 'fault: kil'),
    args: experiment,
    message: [/back-killed\.yaml:\d+:\d+/, /kill/],
  },
  {
    what: 'a service that is not there',
    prepare: () => change('back-killed.yaml', 'target: back', 'target: bakc'),
    args: experiment,
    message: [/back-killed\.yaml:\d+:\d+/, /bakc/, /back/],
  },
  {
    what: 'a program that is not there',
    prepare: () => change('tiny.system.yaml', 'node back.mjs', 'no-such-program back.mjs'),
    args: experiment,
    message: [/back/, /no-such-program/, /PATH/],
  },
  {
    what: 'a service that ends at once',
    prepare: () => change('tiny.system.yaml', 'node back.mjs', 'node no-such-file.mjs'),
    args: experiment,
    message: [/back/, /no-such-file\.mjs/],
  },
  {
    what: 'a service that is never ready',
    prepare: () => change('tiny.system.yaml', 'ready: /ready', 'ready: /broken\n    ready-within: 1s'),
    args: experiment,
    message: [/front/, /\/broken/, /503/],
  },
  {
    what: 'a folder that cannot be written',
    prepare: () => writeFileSync(join(folder, 'taken'), 'a file where the folder should be'),
    args: [...experiment, '--out', 'taken'],
    message: [/taken/],
  },
  { what: 'a run that is not there', args: ['report', 'no-such-run'], message: [/no-such-run/] },
  { what: 'a fault that is not there', args: ['faults', 'kil'], message: [/kil/, /kill/] },
];

describe('bad input', () => {
  it.each(rows)(
    '$what: exit code 2, one message, nothing left behind',
    async ({ prepare, args, message }) => {
      prepare?.();
      const { exitCode, err, living } = await run(folder, ...args);
      for (const pattern of message) expect(err).toMatch(pattern);
      expect(err).not.toMatch(/^ {4}at /m);
      expect(exitCode).toBe(2);
      expect(living).toEqual([]);
      expect(runFolders(folder)).toEqual([]);
    },
  );

  it('tells who holds a port that a service is to have', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as { readonly port: number };
      change('tiny.system.yaml', 'ready: /ready', `ready: /ready\n    port: ${port}`);
      const { exitCode, err, living } = await run(folder, ...experiment);
      expect(err).toMatch(new RegExp(`Port ${port}.*front.*process ${process.pid}`, 's'));
      expect(exitCode).toBe(2);
      expect(living).toEqual([]);
      expect(runFolders(folder)).toEqual([]);
    } finally {
      server.close();
    }
  });

  it('shows where an error came from only when asked', async () => {
    const { err } = await run(folder, 'run', 'missing.yaml', '--debug');
    expect(err).toMatch(/^ {4}at /m);
  });
});
