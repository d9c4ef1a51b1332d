import { Worker } from 'node:worker_threads';
import type { LoadDefinition } from '../experiment/model.ts';
import { LoadError } from './errors.ts';
import { checkLoad, checkRate, type LoadOptions, type RunningLoad } from './load.ts';
import type { LoadTotals } from './tally.ts';
import type { FromThread, LoadTask, ToThread } from './thread/messages.ts';

/**
 * Starts a load in a thread of its own, so that it keeps its schedule while the lab is busy. Otherwise as
 * {@link startLoad}; `totals` and `sentPerSecond` are at most a quarter of a second old.
 *
 * @throws LoadError for a definition that cannot be sent
 * @throws VariableError for a variable without value
 */
export function startLoadThread(
  definition: LoadDefinition,
  { variables, seed, clock, onSample, inFlightMax }: LoadThreadOptions,
): RunningLoad {
  // Said here, where whoever asked for the load hears it.
  checkLoad(definition, variables);
  const task: LoadTask = { definition, variables, seed, inFlightMax };
  // From source this file is TypeScript, built it is JavaScript; the thread's file lies beside it either way.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./thread/main.${extension}`, import.meta.url), {
    workerData: task,
    // Whatever the lab was started with is no business of the thread's.
    execArgv: [],
  });
  let { ratePerSecond } = definition;
  let sentPerSecond = 0;
  let totals: LoadTotals = { due: 0, good: 0, bad: 0, timedOut: 0, abandoned: 0, generatorLagMsMax: 0 };
  const ended = new Promise<LoadTotals>((resolve, reject) => {
    worker.on('message', (message: FromThread) => {
      if (message.kind === 'pace') sentPerSecond = message.sentPerSecond;
      else totals = message.totals;
      if (message.kind === 'sample') onSample(message.sample);
      if (message.kind === 'ended') resolve(totals);
    });
    worker.on('error', (error: Error) => reject(new LoadError(`The load broke off: ${error.message}`)));
    worker.on('exit', () => reject(new LoadError('The load broke off: its thread ended.')));
  });
  // Nobody may wait for it yet when it breaks off; `stop` tells of it.
  ended.catch(() => {});

  function tell(message: ToThread): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(message);
  }

  return {
    get ratePerSecond() {
      return ratePerSecond;
    },
    get totals() {
      return totals;
    },
    setRate(rate) {
      checkRate(rate);
      ratePerSecond = rate;
      tell({ kind: 'rate', ratePerSecond: rate });
    },
    sentPerSecond: () => sentPerSecond,
    mark(period, atMs = clock.now()) {
      tell({ kind: 'mark', period, at: clock.epoch + atMs });
    },
    async stop({ atOnce = false } = {}) {
      tell({ kind: 'stop', atOnce });
      try {
        return await ended;
      } finally {
        await worker.terminate();
      }
    },
  };
}

/** What a load in a thread of its own is started with: its timers are the thread's. */
export type LoadThreadOptions = Omit<LoadOptions, 'timers' | 'client'>;
