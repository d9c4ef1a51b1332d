import { beforeEach, describe, expect, it } from 'vitest';
import { endMarked, endProcess } from './end-process.ts';
import { type FakeProcesses, fakeProcesses, noSleep } from './fixtures/fake-processes.ts';
import { signalSame } from './processes.ts';

const mark = 'SEAWORTHY_RUN=abc';
const ours = [mark, 'PATH=/bin'];
let table: FakeProcesses;

beforeEach(() => {
  table = fakeProcesses();
});

describe('ending a process', () => {
  it('lets it and its group go on before it kills them', async () => {
    const name = table.add({ pid: 10 });
    table.add({ pid: 11, group: 10 });
    expect(await endProcess(table, name, mark, noSleep)).toEqual([]);
    expect(table.living()).toEqual([]);
    expect(table.received).toEqual(['SIGCONT 10', 'SIGCONT 11', 'SIGKILL 10', 'SIGKILL 11']);
  });

  it('reaches only the process itself when it leads no group', async () => {
    const name = table.add({ pid: 10, group: 5 });
    table.add({ pid: 5 });
    await endProcess(table, name, mark, noSleep);
    expect(table.living()).toEqual([5]);
  });

  it('does nothing when it is gone already', async () => {
    const left = await endProcess(table, { pid: 10, startedAt: 'start of 10' }, mark, noSleep);
    expect([left, table.received]).toEqual([[], []]);
  });

  it('never signals a later process with its pid, nor that one’s group', async () => {
    table.add({ pid: 10, startedAt: 'much later', environment: ours });
    table.add({ pid: 11, group: 10, environment: ours });
    expect(await endProcess(table, { pid: 10, startedAt: 'start of 10' }, mark, noSleep)).toEqual([]);
    expect(table.received).toEqual([]);
  });

  it('ends what a dead process left in its group, by the run’s mark', async () => {
    table.add({ pid: 11, group: 10, environment: ours });
    table.add({ pid: 12, group: 10, environment: ours });
    expect(await endProcess(table, { pid: 10, startedAt: 'start of 10' }, mark, noSleep)).toEqual([]);
    expect(table.living()).toEqual([]);
  });

  it('leaves alone who is in a group of that number without the mark', async () => {
    table.add({ pid: 11, group: 10, environment: ['SEAWORTHY_RUN=abcdef'] });
    expect(await endProcess(table, { pid: 10, startedAt: 'start of 10' }, mark, noSleep)).toEqual([]);
    await endProcess(table, { pid: 10, startedAt: 'start of 10' }, undefined, noSleep);
    expect(table.received).toEqual([]);
  });

  it('notices when the pid goes to somebody else while it looks', async () => {
    const name = table.add({ pid: 10, immortal: true });
    const sleep = async () => {
      table.end(10);
      table.add({ pid: 10, startedAt: 'much later' });
    };
    expect(await endProcess(table, name, mark, sleep)).toEqual([]);
    expect(table.living()).toEqual([10]);
    expect(table.received).toEqual(['SIGCONT 10', 'SIGKILL 10']);
  });

  it('gives up, and names what would not go', async () => {
    const name = table.add({ pid: 10, immortal: true });
    let slept = 0;
    const sleep = async (delayMs: number) => void (slept += delayMs);
    expect(await endProcess(table, name, mark, sleep)).toEqual([10]);
    expect(slept).toBeLessThanOrEqual(5_000);
  });
});

describe('ending what bears the mark', () => {
  it('finds those that left their group, and spares those it is told to', async () => {
    table.add({ pid: 20, environment: ours });
    table.add({ pid: 21, environment: ours });
    table.add({ pid: 22 });
    expect(await endMarked(table, mark, new Set([21]), noSleep)).toEqual({ found: 1, left: [] });
    expect(table.living()).toEqual([21, 22]);
  });
});

describe('signalling a process', () => {
  it('reaches its group when it leads one', () => {
    const name = table.add({ pid: 10 });
    table.add({ pid: 11, group: 10 });
    expect(signalSame(table, name, 'SIGSTOP')).toBe(true);
    expect(table.received).toEqual(['SIGSTOP 10', 'SIGSTOP 11']);
  });

  it('is false, and reaches nobody, when the pid is another’s', () => {
    table.add({ pid: 10, startedAt: 'much later' });
    expect(signalSame(table, { pid: 10, startedAt: 'start of 10' }, 'SIGSTOP')).toBe(false);
    expect(table.received).toEqual([]);
  });
});
