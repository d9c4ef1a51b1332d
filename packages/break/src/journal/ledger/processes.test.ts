import { describe, expect, it } from 'vitest';
import { parseStat } from './processes-linux.ts';
import { parsePs, psProcesses } from './processes-ps.ts';
import { hasGroup, sendSignal } from './send-signal.ts';
import { checkRemovable } from './system-world.ts';

/** A line of `/proc/PID/stat`: pid, name, state, parent, group, and the start time as the 22nd field. */
function stat(name: string, state: string): string {
  const rest = Array.from({ length: 16 }, (_, n) => String(n));
  return `4711 (${name}) ${state} 1 4700 ${rest.join(' ')} 987654 0 0 0\n`;
}

describe('a process in /proc', () => {
  it.each(['node', 'my (odd) name', ') R 1 1 ('])('is read whatever its name, such as %j', (name) => {
    expect(parseStat(stat(name, 'S'), 'boot')).toEqual({ pid: 4711, group: 4700, startedAt: 'boot/987654' });
  });

  it.each(['Z', 'X'])('does not live in the state %s', (state) => {
    expect(parseStat(stat('node', state), 'boot')).toBeUndefined();
  });

  it('lives when it is stopped', () => {
    expect(parseStat(stat('node', 'T'), 'boot')?.pid).toBe(4711);
  });

  it('is none when the text is cut off', () => {
    expect(parseStat('4711 (no', 'boot')).toBeUndefined();
  });
});

describe('processes of ps', () => {
  it('are read with their start times, the dead ones left out', () => {
    const text = [
      '    1     1 Ss   Tue Nov 24 09:00:00 2026    ',
      '  812   800 S+   Tue Nov  3 10:03:07 2026    ',
      '  813   800 Z    Tue Nov 24 10:03:08 2026    ',
      '',
    ].join('\n');
    expect(parsePs(text)).toEqual([
      { pid: 1, group: 1, startedAt: 'Tue Nov 24 09:00:00 2026' },
      { pid: 812, group: 800, startedAt: 'Tue Nov 3 10:03:07 2026' },
    ]);
  });

  it('bear an assignment only as a whole word', () => {
    const table = psProcesses(() =>
      [
        '  10 node gateway.js PATH=/bin SEAWORTHY_RUN=abc LANG=C',
        '  11 node gateway.js PATH=/bin SEAWORTHY_RUN=abcdef',
        '  12 node gateway.js PATH=/bin',
      ].join('\n'),
    );
    expect([...table.withEnvironment('SEAWORTHY_RUN=abc')]).toEqual([10]);
  });
});

describe('a signal', () => {
  it.each([0, 1, -1, 1.5, Number.NaN])(
    'is never sent to %d, which would reach more than one process',
    (pid) => {
      expect(() => sendSignal(pid, 'SIGCONT')).toThrow(RangeError);
    },
  );

  it('finds no group where there is none', () => {
    expect(hasGroup(2 ** 30)).toBe(false);
  });
});

describe('what a ledger may remove', () => {
  it.each(['/', '/home', '/home/ada', '/home/ada/', '/home/ada/..', 'relative/file', ''])(
    'is not %j',
    (path) => {
      expect(() => checkRemovable(path, '/home/ada')).toThrow(/will not remove/);
    },
  );

  it.each(['/home/ada/shop/.seaworthy/runs/1/data/fill', '/tmp/fill', '/home/adam'])('is %j', (path) => {
    expect(() => checkRemovable(path, '/home/ada')).not.toThrow();
  });
});
