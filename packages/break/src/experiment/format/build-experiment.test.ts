import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { experiment, isExperiment } from './build-experiment.ts';
import type { ExperimentInput } from './experiment-input.ts';
import { ExperimentFileError } from './experiment-file-error.ts';
import { loadExperiment } from './load-experiment.ts';
import { parseSystem } from './load-system.ts';
import { inFolder } from './testing/broken-file.ts';
import { sampleFaults, systemText } from './testing/sample-files.ts';

const system = parseSystem({
  file: '/lab/shop.system.yaml',
  shown: 'shop.system.yaml',
  style: 'file',
  text: systemText,
});
const options = { faults: sampleFaults, file: '/lab/kill.ts' };
const input: ExperimentInput = {
  title: 'Customers can buy while inventory is down',
  system,
  steadyState: [{ probe: 'http', get: '${gateway}/products', p99: 300, timeout: '1s' }],
  load: { get: '${gateway}/products', rate: 50 },
  method: [{ at: 5_000, fault: 'exhaust-memory', target: 'inventory', for: '10s', keepFree: 1_000_000 }],
  expect: [
    'success rate of load >= 99%',
    { sql: 'SELECT count(*) FROM charges', database: '/lab/pay.db', is: 1 },
  ],
  abortWhen: 'success rate of load < 50% for 3s',
  timing: { before: 2_000 },
};

function messageOf(changes: { readonly [key: string]: unknown }): string {
  try {
    experiment({ ...input, ...changes }, options);
  } catch (error) {
    expect(error).toBeInstanceOf(ExperimentFileError);
    return (error as Error).message;
  }
  return 'no mistake';
}

describe('An experiment in code', () => {
  test('takes numbers in the units of the model', () => {
    const made = experiment(input, options);
    expect(made).toMatchObject({
      file: '/lab/kill.ts',
      system,
      beforeMs: 2000,
      load: { ratePerSecond: 50 },
      steadyState: [{ p99MsMax: 300, timeoutMs: 1000 }],
      method: [
        { atMs: 5000, forMs: 10_000, line: 0, options: { size: 256e6, area: 'buffers', 'keep-free': 1e6 } },
      ],
    });
    expect(isExperiment(made)).toBe(true);
  });

  test.each([
    [{ titel: 'x', title: undefined }, '/lab/kill.ts: at titel: Unknown key `titel`. Did you mean `title`?'],
    [
      { 'abort-when': 'x', abortWhen: undefined },
      '/lab/kill.ts: at abort-when: Unknown key `abort-when`. Did you mean `abortWhen`?',
    ],
    [{ method: [] }, '/lab/kill.ts: at method: `method` is empty. Add a step, such as `- fault: kill`.'],
    [
      { method: [{ fault: 'kill', target: 'inventory', for: 5 }] },
      '/lab/kill.ts: at method[0].for: `for: 5` is too little: such a fault is over before it can be seen. The least is `100ms`.',
    ],
    [
      { method: [{ fault: 'kill', target: 'inventory', for: '5' }] },
      '/lab/kill.ts: at method[0].for: `for: 5` has no unit. Write `5s` or `500ms`.',
    ],
    [
      { method: [{ fault: 'kill', target: 'inventroy', for: '5s' }] },
      '/lab/kill.ts: at method[0].target: The system has no service `inventroy`. Did you mean `inventory`?',
    ],
    [
      { expect: ['sucess rate of load >= 99%'] },
      '/lab/kill.ts: at expect[0]: `sucess rate` is not how such a line begins. Did you mean `success rate`? For example: `success rate of load >= 99%`.',
    ],
    [
      { steadyState: undefined },
      '/lab/kill.ts: `steadyState` is missing: nothing says how the system is when all is well.',
    ],
    [
      { system: './shop.system.yaml' },
      '/lab/kill.ts: In code `system` is what `await loadSystem(...)` gives, not a path.',
    ],
    [{ system: {} }, '/lab/kill.ts: at system: `system` is no system. Give what `loadSystem` returned.'],
    [{ title: () => 'x' }, '/lab/kill.ts: at title: `title` should be a sentence, but is an object.'],
    [
      { load: { get: '${gateway}/', rate: Number.NaN } },
      '/lab/kill.ts: at load.rate: `rate` should be a rate, but is the number NaN.',
    ],
  ])('with %o says at which keys it is wrong', (changes, message) => {
    expect(messageOf(changes)).toBe(message);
  });

  test('of any shape is an experiment or gives the one error', () => {
    const circle: Record<string, unknown> = {};
    circle['load'] = circle;
    for (const value of [undefined, null, 5, 'x', [], [[]], circle, new Map(), new Date(), Symbol('x'), 5n]) {
      for (const key of Object.keys(input)) {
        const message = messageOf({ [key]: value });
        expect(message).not.toBe('');
      }
    }
  });

  test('is loaded from its module', () =>
    inFolder(async (folder) => {
      const builder = pathToFileURL(path.join(import.meta.dirname, 'build-experiment.ts')).href;
      const file = path.join(folder, 'kill.experiment.mjs');
      const definition = JSON.stringify(input);
      const faults =
        '[{ name: "exhaust-memory", summary: "", targets: ["service"], options: [{ name: "keep-free", type: "size", default: 0, summary: "" }] }]';
      await writeFile(
        file,
        `import { experiment } from ${JSON.stringify(builder)};\nexport const memory = experiment(${definition}, { faults: ${faults}, file: ${JSON.stringify(file)} });\n`,
      );
      expect(await loadExperiment(file, { faults: [] })).toMatchObject({
        title: input.title,
        file,
        method: [{ id: 'exhaust-memory-inventory' }],
      });
    }));
});
