import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOutput } from './output.ts';

let folder: string;
let file: string;
const now = () => 5;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'output-'));
  file = join(folder, 'gateway.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

async function linesWritten(): Promise<unknown[]> {
  const text = (await readFile(file, 'utf8')).trimEnd();
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as unknown);
}

describe('the output of a service', () => {
  it('is kept line by line, JSON as JSON and text as text', async () => {
    const output = await openOutput(file, { now });
    const out = output.taker('stdout');
    const err = output.taker('stderr');
    out.take(Buffer.from('{"level":"info"}\nplain\r\n\n{not json\n'));
    err.take(Buffer.from('Error: cut '));
    err.take(Buffer.from('in two'));
    err.end();
    out.end();
    await output.close();
    expect(await linesWritten()).toEqual([
      { at: 5, stream: 'stdout', log: { level: 'info' } },
      { at: 5, stream: 'stdout', text: 'plain' },
      { at: 5, stream: 'stdout', text: '{not json' },
      { at: 5, stream: 'stderr', text: 'Error: cut in two' },
    ]);
    expect(output.lastLines()).toEqual(['{"level":"info"}', 'plain', '{not json', 'Error: cut in two']);
  });

  it('keeps letters whole that were cut in two', async () => {
    const output = await openOutput(file, { now });
    const taker = output.taker('stdout');
    for (const byte of Buffer.from('größer 🚢\n')) taker.take(Buffer.from([byte]));
    await output.close();
    expect(await linesWritten()).toEqual([{ at: 5, stream: 'stdout', text: 'größer 🚢' }]);
  });

  it('cuts an endless line, and remembers only the last lines, shortened', async () => {
    const output = await openOutput(file, { now });
    const taker = output.taker('stdout');
    taker.take(Buffer.from('x'.repeat(40_000)));
    for (let n = 0; n < 30; n++) taker.take(Buffer.from(`line ${n}\n`));
    await output.close();
    expect(output.lastLines()).toHaveLength(20);
    expect(output.lastLines().at(-1)).toBe('line 29');
    expect(Math.max(...output.lastLines().map((line) => line.length))).toBeLessThan(500);
    expect(((await linesWritten())[0] as { text: string }).text).toHaveLength(16 * 1024);
  });

  it('does not grow beyond its bound, says so once, and goes on being read', async () => {
    const output = await openOutput(file, { now, bytesMax: 2_000 });
    const taker = output.taker('stdout');
    for (let n = 0; n < 1_000; n++) taker.take(Buffer.from(`line ${n}\n`));
    await output.close();
    expect((await stat(file)).size).toBeLessThan(2_200);
    const lines = await linesWritten();
    expect(lines.filter((line) => 'truncatedAfterBytes' in (line as object))).toEqual([
      { truncatedAfterBytes: 2_000 },
    ]);
    expect(lines.at(-1)).toEqual({ truncatedAfterBytes: 2_000 });
    expect(output.lastLines().at(-1)).toBe('line 999');
  });

  it('forgets the last lines of the process before', async () => {
    const output = await openOutput(file, { now });
    output.taker('stdout').take(Buffer.from('old\n'));
    output.forget();
    expect(output.lastLines()).toEqual([]);
    await output.close();
  });
});
