import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceDefinition } from '../experiment/model.ts';
import { SystemError } from './errors.ts';
import { type Stage, openStage } from './fixtures/stage.ts';
import { tinyService, tinySystem } from './fixtures/systems.ts';

let stage: Stage;

beforeEach(async () => {
  stage = await openStage();
});
afterEach(async () => {
  // Whatever failed, the ledger had nothing left to undo.
  expect(await stage.close()).toEqual({ ok: true, strays: 0, undone: 0 });
});

/** Starts a system in which one service does not come up, and gives the error. */
async function failureOf(...services: readonly ServiceDefinition[]): Promise<SystemError> {
  const error: unknown = await stage.start(tinySystem(...services)).then(
    () => new Error('It came up.'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SystemError);
  return error as SystemError;
}

function everyStartedServiceEnded(): void {
  for (const record of stage.records) {
    if (record.kind !== 'service' || record.state !== 'starting') continue;
    expect(stage.statesOf(record.service).at(-1)).toMatch(/^(exited|stopped)$/);
  }
}

describe('a system that does not come up', () => {
  it('because a service ended says which, how, and its last words, and leaves nothing running', async () => {
    const { code, message } = await failureOf(
      tinyService('gateway', { calls: ['orders'] }),
      tinyService('orders', { behaviour: 'exit' }),
      tinyService('other'),
    );
    expect(code).toBe('SERVICE_EXITED');
    expect(message).toMatch(/^Service `orders` ended with exit code 3 before it was ready\.\n/);
    expect(message).toMatch(/\n {2}command: .+ service\.mjs\n/);
    expect(message).toMatch(/\n {4}Error: the stock file is missing$/);
    expect(stage.statesOf('gateway')).toEqual([]);
    everyStartedServiceEnded();
  });

  it('because a service was not ready in time says what was seen', async () => {
    const { code, message } = await failureOf(
      tinyService('slow', { behaviour: 'never-ready', readyWithinMs: 2_000 }),
    );
    expect(code).toBe('SERVICE_NOT_READY');
    expect(message).toMatch(
      /^Service `slow` was not ready within 2000 ms: GET http:\/\/127\.0\.0\.1:\d+\/ready must answer 200, and at last it was 503\./,
    );
    everyStartedServiceEnded();
  });

  it('because nothing listens says that, too', async () => {
    const { code, message } = await failureOf(
      tinyService('deaf', { command: ['sleep', '1000'], readyWithinMs: 500 }),
    );
    expect(code).toBe('SERVICE_NOT_READY');
    expect(message).toContain('there was none (ECONNREFUSED)');
    expect(message).toContain('it printed nothing');
  });

  it('because a command is wrong starts no service at all', async () => {
    const { code, message } = await failureOf(
      tinyService('good'),
      tinyService('bad', { command: ['nod', 'x.js'] }),
    );
    expect(code).toBe('COMMAND_NOT_FOUND');
    expect(message).toContain('`nod`');
    expect(stage.records).toEqual([]);
  });

  it('because its program cannot be run after all says so', async () => {
    const { code, message } = await failureOf(
      tinyService('script', { command: ['./not-a-program.sh'], readyWithinMs: 10_000 }),
    );
    expect(code).toBe('SERVICE_EXITED');
    expect(message).toMatch(/exit code 12[67]/);
  });

  it('because a port is in use names the port, and who has it', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const { code, message } = await failureOf(tinyService('good'), tinyService('late', { port }));
    server.close();
    expect(code).toBe('PORT_IN_USE');
    expect(message).toContain(`Port ${port}, which service \`late\` is to listen on, is in use by `);
    expect(message).toContain(`(process ${process.pid})`);
    expect(stage.records).toEqual([]);
  });

  it('because a chosen port is taken again and again is given up after the second', async () => {
    const { code, message } = await failureOf(tinyService('unlucky', { behaviour: 'squat-always' }));
    expect(code).toBe('SERVICE_EXITED');
    expect(message).toContain('EADDRINUSE');
    expect(stage.statesOf('unlucky')).toEqual(['starting', 'exited', 'starting', 'exited']);
  });

  it('because it was given up throws the caller’s reason, and leaves nothing running', async () => {
    const abort = new AbortController();
    const reason = new Error('Ctrl-C');
    const starting = stage.start(
      tinySystem(tinyService('quick'), tinyService('slow', { behaviour: 'never-ready' })),
      {
        signal: abort.signal,
        onRecord(record) {
          stage.records.push(record);
          if (record.kind === 'service' && record.state === 'ready') abort.abort(reason);
        },
      },
    );
    await expect(starting).rejects.toBe(reason);
    everyStartedServiceEnded();
    await expect(
      stage.start(tinySystem(tinyService('never')), { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
  });

  it('because nobody would undo its end is not begun', async () => {
    const refusal = new Error('There is no watchdog.');
    const refuse = () => Promise.reject(refusal);
    const ledger = { environment: {}, intend: refuse, startedProcess: refuse };
    await expect(stage.start(tinySystem(tinyService('payment')), { ledger })).rejects.toBe(refusal);
    expect(stage.records).toEqual([]);
  });
});
