import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadExperiment } from './load-experiment.ts';
import { chooseMode, loadSystem } from './load-system.ts';
import { errorOf, inFolder } from './testing/broken-file.ts';
import { experimentText, sampleFaults, systemText } from './testing/sample-files.ts';

const options = { faults: sampleFaults };

/** A folder with the sample files. */
function inLab(work: (folder: string, file: string) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    await writeFile(path.join(folder, 'shop.system.yaml'), systemText);
    await writeFile(path.join(folder, 'kill.yaml'), experimentText);
    await work(folder, path.join(folder, 'kill.yaml'));
  });
}

describe('An experiment from a file', () => {
  test('becomes a model: milliseconds, fractions, absolute paths, defaults filled in', () =>
    inLab(async (folder, file) => {
      const model = await loadExperiment(file, options);
      expect(model).toMatchObject({
        title: 'Customers can browse and buy while inventory is down',
        file,
        system: { name: 'shop', file: path.join(folder, 'shop.system.yaml') },
        beforeMs: 4000,
        afterMs: 8000,
        abortWhen: [
          { text: 'success rate of load < 50% for 3s', measure: 'success-rate', forMs: 3000, line: 55 },
        ],
      });
      expect(model.steadyState).toEqual([
        {
          kind: 'http',
          name: 'GET gateway/products answers 200, contains "brass", p99 < 300 ms',
          method: 'GET',
          url: '${gateway}/products',
          status: 200,
          contains: 'brass',
          timeoutMs: 2000,
          p99MsMax: 300,
        },
        { kind: 'process', name: 'payment is running', service: 'payment', state: 'running' },
        {
          kind: 'sql',
          name: 'SELECT count(*) FROM orders is >= 0',
          database: '${payment.data}/orders.db',
          query: 'SELECT count(*) FROM orders',
          compare: { operator: '>=', value: 0 },
        },
      ]);
      expect(model.load).toEqual({
        ratePerSecond: 200,
        timeoutMs: 1000,
        requests: [
          {
            name: 'browse',
            weight: 4,
            method: 'GET',
            url: '${gateway}/products',
            headers: {},
            body: undefined,
            statuses: [],
          },
          {
            name: 'checkout',
            weight: 1,
            method: 'POST',
            url: '${gateway}/orders',
            headers: { 'content-type': 'application/json', 'Idempotency-Key': '${uuid}' },
            body: '{"sku":"brass-bell","quantity":1}',
            statuses: [201, 202],
          },
        ],
      });
      expect(
        model.method.map(({ id, atMs, forMs, target, options }) => ({ id, atMs, forMs, target, options })),
      ).toEqual([
        {
          id: 'kill-inventory',
          atMs: 5000,
          forMs: 10_000,
          target: { kind: 'service', service: 'inventory' },
          options: {},
        },
        {
          id: 'latency-gateway-payment',
          atMs: 6000,
          forMs: 4000,
          target: { kind: 'link', from: 'gateway', to: 'payment' },
          options: { delay: 400, jitter: 0 },
        },
        {
          id: 'traffic-spike',
          atMs: 20_000,
          forMs: 2000,
          target: { kind: 'load' },
          options: { times: 3, rate: 0, note: '' },
        },
      ]);
      expect(model.expect.map(({ kind }) => kind)).toEqual([
        'load',
        'load',
        'policy',
        'policy',
        'policy',
        'policy',
        'retry-load',
        'steady-again',
        'probe',
      ]);
      expect(model.expect.at(-1)).toMatchObject({ text: 'no order is charged twice', line: 51 });
    }));

  test('can be as plain as in the first example of the design', () =>
    inLab(async (_, file) => {
      await writeFile(
        file,
        `title: Customers can browse and buy while inventory is down
system: ./shop.system.yaml            # how each service starts, where it answers, what it depends on
steady-state:
  - probe: http
    get: \${gateway}/products
    status: 200
    p99: < 300ms
load: { get: "\${gateway}/products", rate: 200/s }       # open model; latency counted from when a request was due
method:
  - at: 5s
    fault: kill
    target: inventory
    for: 10s
expect:
  - success rate of load >= 99%
  - breaker inventory opens within 2s
  - fallback inventory answers
  - retry load of inventory <= 10%
  - steady again within 5s
abort-when: success rate of load < 50% for 3s
`,
      );
      expect(await loadExperiment(file, options)).toMatchObject({
        load: { ratePerSecond: 200, requests: [{ name: 'GET gateway/products' }] },
        expect: [{}, { policy: 'circuit-breaker', withinMs: 2000 }, {}, {}, { kind: 'steady-again' }],
        beforeMs: 5000,
        afterMs: 10_000,
      });
      await writeFile(file, (await readFile(file, 'utf8')).replace('rate of load', 'rate of checkout'));
      expect((await errorOf(loadExperiment(file, options))).message).toContain(
        'The load has no request `checkout`. Give one of its requests this `name`.',
      );
    }));

  test('watches long enough for what it expects when nothing is said of it', () =>
    inLab(async (_, file) => {
      const text = experimentText.replace(/timing: .*\n/, '').replace('again within 5s', 'again within 25s');
      await writeFile(file, text);
      expect(await loadExperiment(file, options)).toMatchObject({ beforeMs: 5000, afterMs: 27_000 });
    }));

  test('gives the same fault on the same target, one after the other, ids of their own', () =>
    inLab(async (_, file) => {
      const again = '  - at: 15s\n    fault: kill\n    target: inventory\n    for: 2s\nexpect:';
      await writeFile(file, experimentText.replace('expect:', again));
      const { method } = await loadExperiment(file, options);
      expect(method.map(({ id }) => id)).toEqual([
        'kill-inventory',
        'latency-gateway-payment',
        'traffic-spike',
        'kill-inventory-2',
      ]);
    }));

  test('resolves a database beside its own file', () =>
    inLab(async (folder, file) => {
      await writeFile(file, experimentText.replace('${payment.data}/orders.db', '../data/orders.db'));
      const { steadyState } = await loadExperiment(file, options);
      expect(steadyState[2]).toMatchObject({ database: path.resolve(folder, '../data/orders.db') });
    }));

  test('can be code, with the same rules', () =>
    inLab(async (folder) => {
      const file = path.join(folder, 'kill.experiment.mjs');
      const input = { system: {} };
      await writeFile(file, `export const x = 1; export const made = ${JSON.stringify(input)};`);
      expect((await errorOf(loadExperiment(file, options))).message).toBe(
        `${file}: The module exports no experiment. Export what \`experiment({ ... })\` gives.`,
      );
      const broken = path.join(folder, 'broken.experiment.mjs');
      await writeFile(broken, 'throw new Error("no wind");');
      expect((await errorOf(loadExperiment(broken, options))).message).toBe(
        `${broken}: The module could not be run: no wind`,
      );
    }));
});

describe('A file that cannot be read', () => {
  test('is not there, and another has nearly its name', () =>
    inLab(async (folder) => {
      const error = await errorOf(loadExperiment(path.join(folder, 'kil.yaml'), options));
      expect(error.message).toBe(
        `${folder}/kil.yaml: There is no file \`${folder}/kil.yaml\`. Did you mean \`${folder}/kill.yaml\`?`,
      );
      expect(error).toMatchObject({ code: 'FILE_INVALID', line: undefined, column: undefined });
    }));

  test('is in a folder that is not there', () =>
    inLab(async (folder) => {
      const { message } = await errorOf(loadExperiment(path.join(folder, 'a/b.yaml'), options));
      expect(message).toBe(`${folder}/a/b.yaml: There is no file \`${folder}/a/b.yaml\`, nor its folder.`);
    }));

  test('is a folder', () =>
    inLab(async (folder) => {
      await mkdir(path.join(folder, 'empty'));
      const { message } = await errorOf(loadExperiment(path.join(folder, 'empty'), options));
      expect(message).toBe(`${folder}/empty: \`${folder}/empty\` is a folder. Name a file.`);
    }));

  test('is a device', async () => {
    const { message } = await errorOf(loadExperiment('/dev/zero', options));
    expect(message).toBe('/dev/zero: `/dev/zero` is no ordinary file.');
  });

  test('is not UTF-8', () =>
    inLab(async (folder, file) => {
      await writeFile(file, Buffer.from([...Buffer.from('title: caf'), 0xe9, 0x0a]));
      expect((await errorOf(loadExperiment(file, options))).message).toContain(
        'kill.yaml:1:11: The file is not UTF-8 text from here on. Save it as UTF-8.',
      );
      await writeFile(file, Buffer.from('\ufefftitle: x', 'utf16le'));
      expect((await errorOf(loadExperiment(file, options))).message).toBe(
        `${folder}/kill.yaml: The file is written in UTF-16. Save it as UTF-8.`,
      );
    }));

  test('is one of another kind', () =>
    inLab(async (folder) => {
      const system = path.join(folder, 'shop.system.yaml');
      expect((await errorOf(loadExperiment(system, options))).message).toContain(
        'shop.system.yaml:1:1: This is a system file, where an experiment is needed.',
      );
      expect((await errorOf(loadSystem(path.join(folder, 'kill.yaml')))).message).toContain(
        'kill.yaml:1:1: This is an experiment, where a system file is needed.',
      );
    }));

  test('is a system with a mistake, which is shown in its own file', () =>
    inLab(async (folder, file) => {
      await writeFile(path.join(folder, 'shop.system.yaml'), systemText.replace('port: 4000', 'port: none'));
      const error = await errorOf(loadExperiment(file, options));
      expect(error.message).toContain('shop.system.yaml:5:11: `port` should be a port from 1 to 65535');
      expect(error.file).toBe(path.join(folder, 'shop.system.yaml'));
    }));
});

describe('Several mistakes', () => {
  test('are told by one error, the first in full and the others by line', () =>
    inLab(async (folder, file) => {
      const text = experimentText
        .replace('for: 2s', 'for: 2')
        .replace('status: 200', 'status: 2')
        .replace('for: 10s', 'for: soon');
      await writeFile(file, text);
      const error = await errorOf(loadExperiment(file, options));
      expect(error.message.replaceAll(`${folder}/`, '').split('\n')).toEqual([
        'kill.yaml:7:13: `status` should be a status from 100 to 599, but is the number 2.',
        '',
        '  7 |     status: 2',
        '    |             ^',
        '',
        'And 2 more:',
        '  kill.yaml:32:10: `for: soon` is not a duration. Write `10s` or `500ms`.',
        '  kill.yaml:41:10: `for: 2` has no unit. Write `2s` or `500ms`.',
      ]);
      expect(error.problems.map(({ line, path }) => [line, path])).toEqual([
        [7, 'steady-state[0].status'],
        [32, 'method[0].for'],
        [41, 'method[2].for'],
      ]);
    }));

  test('beyond ten are counted', () =>
    inLab(async (_, file) => {
      const steps = Array.from({ length: 15 }, () => '  - fault: kil').join('\n');
      await writeFile(file, experimentText.replace(/method:[^]*expect:/, `method:\n${steps}\nexpect:`));
      const { message, problems } = await errorOf(loadExperiment(file, options));
      expect(problems).toHaveLength(15);
      expect(message).toMatch(/And 14 more:\n( {2}\S+: Unknown fault .*\n){10} {2}and 4 further$/);
    }));
});

describe('The mode of a system', () => {
  test('is the first one unless another is named', () =>
    inLab(async (folder) => {
      const system = await loadSystem(path.join(folder, 'shop.system.yaml'));
      expect(chooseMode(system, undefined)).toBe('protected');
      expect(chooseMode(system, 'naive')).toBe('naive');
      expect(() => chooseMode(system, 'naiv')).toThrow('shop has no mode `naiv`. Did you mean `naive`?');
    }));
});
