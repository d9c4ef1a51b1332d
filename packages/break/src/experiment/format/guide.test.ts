import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { faultKinds } from '../../faults/index.ts';
import { loadGameDay } from '../../gameday/format.ts';
import { readClaim, readCondition } from './claims/claim-grammar.ts';
import { loadExperiment } from './load-experiment.ts';
import { quantityExamples, readQuantity, showQuantity } from './shapes/quantity.ts';
import { errorOf, inFolder } from './testing/broken-file.ts';

const source = path.join(import.meta.dirname, '../..');
const guide = readFileSync(path.join(source, '../../../docs/guides/experiment-file.md'), 'utf8');
const options = { faults: faultKinds };

interface Block {
  readonly language: string;
  readonly text: string;
  /** The name of the file that it shows, when it shows a whole one. */
  readonly file: string | undefined;
}

const blocks: readonly Block[] = [...guide.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(
  ([, language = '', text = '']) => ({
    language,
    text,
    file: /^(?:#|\/\/) (\S+\.(?:ya?ml|ts))\n/.exec(text)?.[1],
  }),
);
const file = (name: string): string => blocks.find((block) => block.file === name)?.text ?? '';
const parts = blocks.filter((block) => block.language === 'yaml' && block.file === undefined);

/** A folder with the whole files of the guide. */
const inGuide = (work: (folder: string) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    for (const block of blocks) {
      if (block.file?.endsWith('.yaml')) await writeFile(path.join(folder, block.file), block.text);
    }
    await work(folder);
  });

/** The lines that the tables of a section show in their first column. */
function lines(from: string, to: string): string[] {
  const section = guide.slice(guide.indexOf(from), guide.indexOf(to));
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, line = '']) => line);
}

describe('The guide to the files', () => {
  test('shows an experiment and a Game Day that can be read', () =>
    inGuide(async (folder) => {
      expect((await loadExperiment(path.join(folder, 'kill-inventory.yaml'), options)).expect).toHaveLength(
        5,
      );
      const { experiments, roles } = await loadGameDay(path.join(folder, 'game-day.yaml'), options);
      expect(experiments).toHaveLength(1);
      expect(roles['observers']).toEqual(['Barbara', 'Leslie']);
    }));

  test('shows parts that fit into the experiment', () =>
    inGuide(async (folder) => {
      expect(parts.length).toBeGreaterThanOrEqual(5);
      const whole = parse(file('kill-inventory.yaml')) as Record<string, unknown>;
      for (const part of parts) {
        const at = path.join(folder, 'part.yaml');
        await writeFile(at, stringify({ ...whole, ...(parse(part.text) as object) }));
        await expect(loadExperiment(at, options), part.text).resolves.toMatchObject({
          title: whole['title'],
        });
      }
    }));

  test('shows the same experiment in code', () =>
    inGuide(async (folder) => {
      const at = path.join(folder, 'kill-inventory.experiment.ts');
      const url = (entry: string): string => pathToFileURL(path.join(source, entry)).href;
      const code = file('kill-inventory.experiment.ts')
        .replace("'@seaworthy/break/experiment'", JSON.stringify(url('experiment/index.ts')))
        .replace("'@seaworthy/break/faults'", JSON.stringify(url('faults/index.ts')))
        .replaceAll('import.meta.dirname', JSON.stringify(folder))
        .replaceAll('import.meta.filename', JSON.stringify(at));
      await writeFile(at, code);
      const made = await loadExperiment(at, options);
      const read = await loadExperiment(path.join(folder, 'kill-inventory.yaml'), options);
      const plain = (value: object): unknown =>
        JSON.parse(
          JSON.stringify({ ...value, file: '' }, (key, inner: unknown) => (key === 'line' ? 0 : inner)),
        );
      expect(plain(made)).toEqual(plain(read));
    }));

  test('shows the message that a mistake really gets', () =>
    inGuide(async (folder) => {
      const broken = file('kill-inventory.yaml')
        .replace('steady-state:', 'steady-sate:')
        .replace('for: 10s', 'for: 10');
      await writeFile(path.join(folder, 'kill-inventory.yaml'), broken);
      const { message } = await errorOf(loadExperiment(path.join(folder, 'kill-inventory.yaml'), options));
      expect(blocks.filter(({ language }) => language === 'text').map(({ text }) => text.trimEnd())).toEqual([
        message.replaceAll(`${folder}/`, ''),
      ]);
    }));

  test.each(lines('## Expect', '## Abort conditions'))('explains `%s`, which is right', (line) => {
    expect(readClaim(line).claim.kind).not.toBe('');
  });

  test('shows abort conditions that are right', () => {
    const part = parts.find(({ text }) => text.includes('abort-when'));
    const { 'abort-when': conditions } = parse(part?.text ?? '') as { 'abort-when': string[] };
    for (const line of conditions) expect(() => readCondition(line)).not.toThrow();
  });

  test('lists every fault with its targets, options and defaults', () => {
    const rows = [...guide.matchAll(/^\| `([\w-]+)` \| ([\w, ]+) \| ?(.*?) ?\|$/gm)].map(
      ([, ...cells]) => cells,
    );
    const expected = faultKinds.map(({ name, targets, options: own }) => [
      name,
      targets.join(', '),
      own.map((option) => `\`${option.name}: ${showDefault(option)}\``).join(', '),
    ]);
    expect(rows.filter(([name]) => faultKinds.some((fault) => fault.name === name))).toEqual(expected);
  });

  test('lists units as they are', () => {
    for (const [kind, words] of [
      ['duration', '300ms 5s 2m 1h'],
      ['fraction', '50% 99.5%'],
      ['rate', '200/s 600/m'],
      ['size', '64MB 1GiB'],
    ] as const) {
      const shown = words
        .split(' ')
        .map((word) => `\`${word}\``)
        .join(', ');
      expect(guide).toContain(`| ${shown} |`);
      for (const word of words.split(' ')) expect(readQuantity(kind, word, word)).toHaveProperty('value');
      expect(quantityExamples(kind)).toHaveLength(2);
    }
  });
});

function showDefault({
  type,
  default: usual,
}: {
  readonly type: string;
  readonly default?: number | string;
}): string {
  if (usual === undefined) return 'NAME';
  if (typeof usual !== 'number' || type === 'count') return String(usual);
  if (usual === 0 && type !== 'duration') return '0';
  return showQuantity(type as 'duration' | 'fraction' | 'rate' | 'size', usual);
}
