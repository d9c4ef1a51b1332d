import { describe, expect, test } from 'vitest';
import { experimentOf, FakeLab, stepOf } from '../experiment/run/fixtures/fake-lab.ts';
import type { Experiment, GameDay } from '../experiment/model.ts';
import { runGameDay } from './run.ts';
import type { GameDayOptions, StartedSystem } from './run-ports.ts';

function gameDayOf(...experiments: readonly Partial<Experiment>[]): GameDay {
  return {
    title: 'A day at the shop',
    description: undefined,
    file: '/gameday.yaml',
    system: experimentOf().system,
    mode: 'protected',
    roles: {},
    experiments: experiments.map((changes, index) =>
      experimentOf({ title: `Experiment ${index + 1}`, ...changes }),
    ),
  };
}

const breaks = { method: [stepOf('a', 0, 1_000)] };

function options(lab: FakeLab, changes: Partial<GameDayOptions> = {}, system: Partial<StartedSystem> = {}) {
  const { system: fake, ...rest } = lab.options();
  return {
    ...rest,
    runId: 'run-1',
    startSystem: async () => {
      lab.note('start system');
      return { ...fake, services: [], stop: async () => lab.note('stop system'), ...system };
    },
    ...changes,
  } satisfies GameDayOptions;
}

const fails = { ...breaks, expect: [{ text: 'x', line: 1, kind: 'steady-again', withinMs: -1 }] } as const;

describe('a Game Day', () => {
  test('starts the system once, runs its experiments in order, and stops it', async () => {
    const lab = new FakeLab();
    const outcome = await lab.time.runUntil(runGameDay(gameDayOf(breaks, breaks), options(lab)));
    expect(outcome).toEqual({
      verdict: 'held',
      exitCode: 0,
      experiments: [
        { title: 'Experiment 1', verdict: 'held' },
        { title: 'Experiment 2', verdict: 'held' },
      ],
    });
    const deeds = lab.deeds
      .map((deed) => deed.replace(/^\d+ /, ''))
      .filter((deed) => /system|inject/.test(deed));
    expect(deeds).toEqual(['start system', 'inject experiment-1-a', 'inject experiment-2-a', 'stop system']);
    expect(lab.records.at(0)).toMatchObject({
      kind: 'run.started',
      runId: 'run-1',
      mode: 'protected',
      experiments: ['Experiment 1', 'Experiment 2'],
    });
    expect(lab.records.at(-1)).toMatchObject({ kind: 'run.ended', verdict: 'held', exitCode: 0 });
    expect(lab.time.pending).toBe(0);
  });

  test('goes on after an experiment that failed, and fails', async () => {
    const lab = new FakeLab();
    const outcome = await lab.time.runUntil(runGameDay(gameDayOf(fails, breaks), options(lab)));
    expect(outcome.experiments.map(({ verdict }) => verdict)).toEqual(['failed', 'held']);
    expect(outcome.exitCode).toBe(1);
  });

  test('waits for the system to be steady again before the next experiment', async () => {
    const lab = new FakeLab();
    lab.script.probe = (_, nowMs) => nowMs < 5_000 || nowMs > 12_000;
    const outcome = await lab.time.runUntil(runGameDay(gameDayOf(breaks, breaks), options(lab)));
    expect(outcome.experiments.map(({ verdict }) => verdict)).toEqual(['held', 'held']);
    expect(lab.said('experiment.started')[1]?.ms).toBeGreaterThan(12_000);
  });

  test('waits a bounded time; an experiment that cannot begin does not end the day', async () => {
    const lab = new FakeLab();
    lab.script.probe = (_, nowMs) => nowMs < 5_000 || nowMs > 20_000;
    const day = gameDayOf(breaks, breaks, breaks);
    const outcome = await lab.time.runUntil(runGameDay(day, options(lab, { settleMs: 4_000 })));
    expect(outcome.experiments.map(({ verdict }) => verdict)).toEqual(['held', 'not-steady', 'not-steady']);
    expect(outcome.exitCode).toBe(3);
    expect(lab.said('note')[0]?.text).toBe('Not steady 4 s before Experiment 2: answers: broken.');
  });

  test('starts again what an experiment left dead', async () => {
    const lab = new FakeLab();
    let pid: number | undefined;
    const dead = {
      name: 'inventory',
      get pid() {
        return pid;
      },
      restart: async () => {
        pid = 7;
      },
    };
    await lab.time.runUntil(runGameDay(gameDayOf(breaks), options(lab, {}, { services: [dead] })));
    expect(pid).toBe(7);
    expect(lab.said('note')).toMatchObject([{ text: 'inventory was not running and is started again.' }]);
  });

  test('ends with the gravest verdict of its experiments', async () => {
    const lab = new FakeLab();
    lab.script.bites = (id, on) => on && !id.startsWith('experiment-2');
    const outcome = await lab.time.runUntil(runGameDay(gameDayOf(fails, breaks, breaks), options(lab)));
    expect(outcome.experiments.map(({ verdict }) => verdict)).toEqual([
      'failed',
      'fault-not-observed',
      'held',
    ]);
    expect(outcome.exitCode).toBe(4);
  });

  test('gives each experiment a load of its own seed', async () => {
    const lab = new FakeLab();
    const seeds: number[] = [];
    const { startLoad } = lab.options();
    await lab.time.runUntil(
      runGameDay(
        gameDayOf(breaks, breaks),
        options(lab, {
          seed: 40,
          startLoad: (definition, load) => {
            seeds.push(load.seed);
            return (startLoad as NonNullable<typeof startLoad>)(definition, load);
          },
        }),
      ),
    );
    expect(seeds).toEqual([40, 41]);
  });
});

describe('a Game Day that is cut short', () => {
  test.each([
    ['while a fault is on', 2_500],
    ['while it waits for the system', 8_000],
  ])('%s undoes everything, stops the system and ends its journal', async (_, atMs) => {
    const lab = new FakeLab();
    lab.script.probe = (_name, nowMs) => nowMs < 6_000;
    lab.time.timers.set(() => lab.stop.abort(), atMs);
    const outcome = await lab.time.runUntil(runGameDay(gameDayOf(breaks, breaks), options(lab)));
    expect(outcome).toMatchObject({ verdict: 'interrupted', exitCode: 130 });
    expect(lab.on.size).toBe(0);
    expect(lab.deeds.at(-1)).toContain('stop system');
    expect(lab.records.at(-1)).toMatchObject({ kind: 'run.ended', verdict: 'interrupted', exitCode: 130 });
    expect(lab.said('experiment.started')).toHaveLength(1);
    expect(lab.time.pending).toBe(0);
  });

  test('while the system starts', async () => {
    const lab = new FakeLab();
    lab.time.timers.set(() => lab.stop.abort(), 500);
    const startSystem: GameDayOptions['startSystem'] = ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
    const outcome = await lab.time.runUntil(runGameDay(gameDayOf(breaks), options(lab, { startSystem })));
    expect(outcome).toEqual({ verdict: 'interrupted', exitCode: 130, experiments: [] });
    expect(lab.records.at(-1)).toMatchObject({ kind: 'run.ended', verdict: 'interrupted' });
  });
});

describe('a Game Day that cannot be run', () => {
  test('since the system does not start, ends its journal and tells why', async () => {
    const lab = new FakeLab();
    const startSystem = () => Promise.reject(new Error('port 8080 is in use'));
    await expect(
      lab.time.runUntil(runGameDay(gameDayOf(breaks), options(lab, { startSystem }))),
    ).rejects.toThrow('port 8080 is in use');
    expect(lab.records.at(-1)).toMatchObject({ kind: 'run.ended', verdict: 'invalid', exitCode: 2 });
  });

  test('since an experiment names an unknown fault, begins nothing', async () => {
    const lab = new FakeLab();
    const wrong = { method: [stepOf('a', 0, 1_000, { fault: 'brake' })] };
    await expect(runGameDay(gameDayOf(breaks, wrong), options(lab))).rejects.toThrow('no fault `brake`');
    expect(lab.records).toEqual([]);
    expect(lab.deeds).toEqual([]);
  });

  test('since the load cannot be sent, stops the system all the same', async () => {
    const lab = new FakeLab();
    const startLoad = () => {
      throw new Error('the URL is none');
    };
    await expect(
      lab.time.runUntil(runGameDay(gameDayOf(breaks), options(lab, { startLoad }))),
    ).rejects.toThrow('the URL is none');
    expect(lab.deeds.at(-1)).toContain('stop system');
    expect(lab.records.at(-1)).toMatchObject({ kind: 'run.ended', verdict: 'invalid' });
    expect(lab.said('experiment.ended')).toMatchObject([{ verdict: 'invalid' }]);
  });
});

test('a system that cannot be stopped is an undo that failed', async () => {
  const lab = new FakeLab();
  const stop = () => Promise.reject(new Error('process 7 is still there'));
  const outcome = await lab.time.runUntil(runGameDay(gameDayOf(breaks), options(lab, {}, { stop })));
  expect(outcome).toMatchObject({ verdict: 'undo-failed', exitCode: 5 });
  expect(lab.said('note').at(-1)?.text).toBe('The system could not be stopped: process 7 is still there');
});
