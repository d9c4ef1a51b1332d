import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv } from 'ajv';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ExperimentFileError } from './experiment-file-error.ts';
import { experimentJsonSchema, systemJsonSchema } from './json-schema.ts';
import { readExperiment } from './load-experiment.ts';
import { parseSystem } from './load-system.ts';
import { inFolder } from './testing/broken-file.ts';
import { experimentText, sampleFaults, systemText } from './testing/sample-files.ts';

/** One thing that can happen to a file while somebody edits it. */
type Edit = (text: string) => string;

const where = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const strange = fc.oneof(
  fc.constantFrom(
    ...' \t\n:-{}[]"\'#&*!|>%@`,?$0a~\u0000\u2028\ufeff'.split(''),
    '\r\n',
    '${',
    '- ',
    ': ',
    '<<: ',
    '\ud800',
    '😀',
  ),
  fc.string({ unit: 'binary', maxLength: 3 }),
);
const word = fc.constantFrom(
  'null',
  'true',
  '1e999',
  '-1',
  '[]',
  '{}',
  '""',
  '.nan',
  '0x10',
  '2h',
  'load',
  '__proto__',
  'x'.repeat(400),
);

const atLine = (text: string, share: number, change: (line: string) => string): string => {
  const lines = text.split('\n');
  const index = Math.floor(share * lines.length);
  return lines.map((line, at) => (at === index ? change(line) : line)).join('\n');
};

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(where, strange).map(
    ([share, sign]): Edit =>
      (text) => {
        const at = Math.floor(share * text.length);
        return text.slice(0, at) + sign + text.slice(at);
      },
  ),
  fc.tuple(where, fc.integer({ min: 1, max: 12 })).map(
    ([share, count]): Edit =>
      (text) => {
        const at = Math.floor(share * text.length);
        return text.slice(0, at) + text.slice(at + count);
      },
  ),
  where.map(
    (share): Edit =>
      (text) =>
        text.slice(0, Math.floor(share * text.length)),
  ),
  where.map(
    (share): Edit =>
      (text) =>
        atLine(text, share, (line) => `${line}\n${line}`),
  ),
  where.map(
    (share): Edit =>
      (text) =>
        atLine(text, share, () => ''),
  ),
  where.map(
    (share): Edit =>
      (text) =>
        atLine(text, share, (line) => `  ${line}`),
  ),
  where.map(
    (share): Edit =>
      (text) =>
        atLine(text, share, (line) => line.replace(/^ {2}/, '')),
  ),
  fc.tuple(where, word).map(
    ([share, value]): Edit =>
      (text) =>
        atLine(text, share, (line) => line.replace(/:.*$/, `: ${value}`)),
  ),
  fc.tuple(where, word).map(
    ([share, value]): Edit =>
      (text) =>
        atLine(text, share, (line) => line.replace(/\w+/, value)),
  ),
);
const edited = (text: string): fc.Arbitrary<string> =>
  fc
    .array(edit, { minLength: 1, maxLength: 3 })
    .map((edits) => edits.reduce((before, change) => change(before), text));

/** The error is the one kind that there is, and points at a place that exists. */
function expectPlace(error: unknown, text: string): void {
  expect(error).toBeInstanceOf(ExperimentFileError);
  const { line, column, message, problems } = error as ExperimentFileError;
  const lines = text.split('\n');
  expect(line).toBeGreaterThanOrEqual(1);
  expect(line).toBeLessThanOrEqual(lines.length);
  expect(column).toBeGreaterThanOrEqual(1);
  expect(column).toBeLessThanOrEqual((lines[(line ?? 1) - 1]?.length ?? 0) + 1);
  expect(problems.length).toBeGreaterThanOrEqual(1);
  expect(message).toMatch(/^\S+:\d+:\d+: \S/);
  expect(message.length).toBeLessThan(20_000);
}

describe('A file that was edited at random', { timeout: 120_000 }, () => {
  test('is an experiment, for editors too, or gives one error with a place in it', async () => {
    const valid = new Ajv({ strict: true, allowUnionTypes: true }).compile(
      experimentJsonSchema(sampleFaults),
    );
    let read = 0;
    await inFolder(async (folder) => {
      await writeFile(path.join(folder, 'shop.system.yaml'), systemText);
      const file = path.join(folder, 'kill.yaml');
      await fc.assert(
        fc.asyncProperty(edited(experimentText), async (text) => {
          try {
            await readExperiment({ file, shown: 'kill.yaml', style: 'file', text }, sampleFaults, undefined);
          } catch (error) {
            expectPlace(error, text);
            return;
          }
          read += 1;
          expect(valid(parse(text)), JSON.stringify(valid.errors)).toBe(true);
        }),
        { numRuns: 800 },
      );
    });
    expect(read).toBeGreaterThan(20);
  });

  test('is a system, for editors too, or gives one error with a place in it', () => {
    const valid = new Ajv({ strict: true, allowUnionTypes: true }).compile(systemJsonSchema());
    fc.assert(
      fc.property(edited(systemText), (text) => {
        try {
          parseSystem({ file: '/lab/s.yaml', shown: 's.yaml', style: 'file', text });
        } catch (error) {
          expectPlace(error, text);
          return;
        }
        expect(valid(parse(text)), JSON.stringify(valid.errors)).toBe(true);
      }),
      { numRuns: 800 },
    );
  });

  test('of any text at all gives one error with a place in it', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 200 }),
          fc.array(strange).map((signs) => signs.join('')),
        ),
        (text) => {
          try {
            parseSystem({ file: '/lab/s.yaml', shown: 's.yaml', style: 'file', text });
            expect.unreachable(`\`${text}\` was read as a system.`);
          } catch (error) {
            expectPlace(error, text);
          }
        },
      ),
      { numRuns: 800 },
    );
  });
});
