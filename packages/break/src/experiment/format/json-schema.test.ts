import { Ajv } from 'ajv';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { faultKinds } from '../../faults/index.ts';
import { experimentJsonSchema, systemJsonSchema } from './json-schema.ts';
import { anyExperiment } from './testing/any-experiment.ts';
import { experimentText, sampleFaults, systemText } from './testing/sample-files.ts';

const compile = (schema: object) => new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
const experiments = compile(experimentJsonSchema(sampleFaults));
const systems = compile(systemJsonSchema());

describe('The JSON schema for editors', { timeout: 60_000 }, () => {
  test('takes the sample files', () => {
    expect(experiments(parse(experimentText)), JSON.stringify(experiments.errors)).toBe(true);
    expect(systems(parse(systemText)), JSON.stringify(systems.errors)).toBe(true);
  });

  test('takes every experiment that the reader takes', () => {
    fc.assert(
      fc.property(anyExperiment(), (plain) => {
        expect(experiments(plain), JSON.stringify(experiments.errors)).toBe(true);
      }),
    );
  });

  test.each([
    ['steady-state:', 'steady-sate:'],
    ['for: 10s', 'for: 10'],
    ['for: 10s', 'for: 10sec'],
    ['    for: 10s\n', ''],
    ['fault: kill', 'fault: kil'],
    ['times: 3', 'times: 3.5'],
    ['times: 3', 'delay: 3s'],
    ['status: 200', 'status: "200"'],
    ['rate: 200/s', 'rate: 200'],
    ['probe: sql', 'probe: sqll'],
    ["is: '>= 0'", "is: 'many'"],
    ['p99: < 300ms', "p99: '> 300ms'"],
  ])('marks %j changed to %j', (from, to) => {
    expect(experimentText).toContain(from);
    expect(experiments(parse(experimentText.replace(from, to)))).toBe(false);
  });

  test.each([
    ['    ready: /ready\n', ''],
    ['port: 4000', 'port: 70000'],
    ['start: node payment.js', 'command: node payment.js'],
    ['LEVEL: 3', 'LE VEL: 3'],
  ])('marks %j of a system changed to %j', (from, to) => {
    expect(systemText).toContain(from);
    expect(systems(parse(systemText.replace(from, to)))).toBe(false);
  });

  test('knows every fault there is with each of its options', () => {
    const schema = JSON.stringify(experimentJsonSchema(faultKinds));
    for (const { name, options } of faultKinds) {
      expect(schema).toContain(`"enum":["${name}"]`);
      for (const option of options) expect(schema).toContain(`"${option.name}":{"description":`);
    }
    expect(() => compile(experimentJsonSchema(faultKinds))).not.toThrow();
  });

  test('describes every key', () => {
    const undescribed: string[] = [];
    const visit = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const [key, inner] of Object.entries(schema)) {
        if (key === 'properties') {
          for (const [name, property] of Object.entries(inner as Record<string, { description?: string }>)) {
            if (!property.description) undescribed.push(`${path}.${name}`);
          }
        }
        visit(inner, `${path}.${key}`);
      }
    };
    visit(experimentJsonSchema(faultKinds), '');
    visit(systemJsonSchema(), '');
    expect(undescribed).toEqual([]);
  });
});
