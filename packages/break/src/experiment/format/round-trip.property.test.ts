import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Experiment } from '../model.ts';
import { experiment } from './build-experiment.ts';
import type { ExperimentInput } from './experiment-input.ts';
import { readExperiment } from './load-experiment.ts';
import { parseSystem } from './load-system.ts';
import { camelCase } from './shapes/reading.ts';
import type { Source } from './source/source.ts';
import { anyExperiment } from './testing/any-experiment.ts';
import { sampleFaults, systemText } from './testing/sample-files.ts';

const file = '/lab/kill.yaml';
const source = (text: string): Source => ({ file, shown: file, style: 'file', text });
const system = parseSystem({ ...source(systemText), file: '/lab/shop.system.yaml' });
const read = (text: string) => readExperiment(source(text), sampleFaults, { system, defaults: {} });

describe('The same experiment', { timeout: 120_000 }, () => {
  test('reads the same from YAML in any style, from JSON and from code', async () => {
    const style = fc.constantFrom('PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE' as const);
    await fc.assert(
      fc.asyncProperty(anyExperiment(), style, fc.boolean(), async (plain, defaultStringType, flow) => {
        const json = await read(JSON.stringify(plain, undefined, '\t'));
        const collectionStyle = flow ? ('flow' as const) : ('block' as const);
        const options = { aliasDuplicateObjects: false, defaultStringType, collectionStyle };
        const yaml = await read(stringify(plain, options));
        const code = experiment(Object.assign(inCode(plain) as ExperimentInput, { system }), {
          faults: sampleFaults,
          file,
        });
        expect(withoutLines(yaml)).toEqual(withoutLines(json));
        expect(withoutLines(code)).toEqual(withoutLines(json));
      }),
      { numRuns: 300 },
    );
  });

  test('keeps its texts as they were written', async () => {
    await fc.assert(
      fc.asyncProperty(anyExperiment(), async (plain) => {
        const { title, description } = await read(stringify(plain, { aliasDuplicateObjects: false }));
        expect(title).toBe(String(plain['title']).trim().replaceAll(/\s+/g, ' '));
        expect(description).toBe(plain['description'] as string | undefined);
      }),
      { numRuns: 200 },
    );
  });
});

/** Lines are the one thing in which formats may differ. */
function withoutLines(value: Experiment): unknown {
  return JSON.parse(JSON.stringify(value, (key, inner: unknown) => (key === 'line' ? undefined : inner)));
}

/** The keys of our own as code writes them; those within headers and bodies are the user's. */
function inCode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inCode);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === 'headers' || key === 'body' ? [key, inner] : [camelCase(key), inCode(inner)],
    ),
  );
}
