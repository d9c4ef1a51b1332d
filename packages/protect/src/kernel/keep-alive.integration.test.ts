import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const source = (file: string) => JSON.stringify(fileURLToPath(new URL(`../${file}`, import.meta.url)));

/** Runs a script in a process of its own; tells what it printed and when it ended. */
async function run(script: string) {
  const code = `
    import { circuitBreaker, constant, pipeline, retry, timeout } from ${source('index.ts')};
    import { pipelines } from ${source('pipelines.ts')};
    import { cache } from ${source('cache.ts')};
    import { loadShed, rateLimit } from ${source('overload.ts')};
    const never = () => new Promise(() => {});
    ${script}
  `;
  const args = ['--conditions=@seaworthy/source', '--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  return stdout.trim();
}

test('a time limit keeps the process alive until it is over, when a call waits for it', async () => {
  const printed = await run(`
    pipeline('a', [timeout(300)]).run(never).catch((error) => console.log(error.code));
  `);
  expect(printed).toBe('TIMEOUT');
});

test('a time limit keeps the process alive no longer than its call', async () => {
  const printed = await run(`
    const work = () => new Promise((resolve) => setTimeout(resolve, 200, 'done').unref());
    pipeline('a', [timeout('1h')]).run(work).then(console.log);
  `);
  expect(printed).toBe('done');
});

test('a call that has ended leaves nothing that keeps the process alive', async () => {
  const printed = await run(`
    const line = pipeline('a', [
      cache({ ttl: '1h' }), timeout('1h'), retry(), circuitBreaker({ slowCallRate: 1, slowCall: '1h' }),
      loadShed({ concurrency: 1, eventLoopDelay: '1s' }), timeout('2h'),
    ], { idempotent: true });
    const hosts = pipelines(() => pipeline('b', [timeout('1h')]));
    console.log(await line.run(() => 'done', { cacheKey: 'a' }), await hosts.get('b').run(() => 'too'));
  `);
  expect(printed).toBe('done too');
});

test('a back-off and a wait for a turn keep the process alive: work is pending', async () => {
  const printed = await run(`
    const line = pipeline('a', [retry({ attempts: 2, backoff: constant(200) }), rateLimit({ limit: 1, per: 400, maxWait: 400 })], { idempotent: true });
    let attempts = 0;
    line.run(() => { if (++attempts === 1) throw new Error('down'); return 'done'; }).then(console.log);
  `);
  expect(printed).toBe('done');
});
