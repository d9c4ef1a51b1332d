import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { errorOf, inFolder } from '../experiment/format/testing/broken-file.ts';
import { experimentText, sampleFaults, systemText } from '../experiment/format/testing/sample-files.ts';
import { loadGameDay } from './format.ts';
import { gameDayJsonSchema } from './format-json-schema.ts';

const gameDayText = `title: The first Game Day of the shop
description: We practise before the sale.
system: ./shop.system.yaml
mode: naive
roles:
  owner: Ada
  observers: [Grace, Edsger]
defaults:
  steady-state:
    - probe: http
      get: \${gateway}/products
  load: { get: "\${gateway}/products", rate: 20/s, name: browse }
  abort-when: success rate of load < 10% for 2s
  timing: { before: 2s, after: 6s }
experiments:
  - ./short.yaml
  - ./kill.yaml
`;

const shortText = `title: A short one
method:
  - fault: kill
    target: inventory
    for: 1s
expect:
  - success rate of browse >= 90%
`;

/** Loads the Game Day with some changes to its files. */
async function load(
  changes: { readonly gameDay?: readonly [string, string]; readonly short?: readonly [string, string] },
  work: (folder: string, loading: ReturnType<typeof loadGameDay>) => Promise<void>,
): Promise<void> {
  const changed = (text: string, [from, to]: readonly [string, string] = ['', '']): string => {
    expect(text).toContain(from);
    return text.replace(from, () => to);
  };
  await inFolder(async (folder) => {
    await writeFile(path.join(folder, 'shop.system.yaml'), systemText);
    await writeFile(path.join(folder, 'kill.yaml'), experimentText);
    await writeFile(path.join(folder, 'short.yaml'), changed(shortText, changes.short));
    await writeFile(path.join(folder, 'day.yaml'), changed(gameDayText, changes.gameDay));
    await work(folder, loadGameDay(path.join(folder, 'day.yaml'), { faults: sampleFaults }));
  });
}

describe('A Game Day', () => {
  test('is its system, its roles and its experiments in order', () =>
    load({}, async (folder, loading) => {
      expect(await loading).toMatchObject({
        title: 'The first Game Day of the shop',
        description: 'We practise before the sale.',
        file: path.join(folder, 'day.yaml'),
        system: { name: 'shop' },
        mode: 'naive',
        roles: { owner: ['Ada'], observers: ['Grace', 'Edsger'] },
        experiments: [
          { title: 'A short one' },
          { title: 'Customers can browse and buy while inventory is down' },
        ],
      });
    }));

  test('gives its experiments what they do not have themselves', () =>
    load({}, async (_, loading) => {
      const [short, own] = (await loading).experiments;
      expect(short).toMatchObject({
        steadyState: [{ url: '${gateway}/products' }],
        load: { ratePerSecond: 20 },
        abortWhen: [{ compare: { value: 0.1 } }],
        beforeMs: 2000,
        afterMs: 6000,
      });
      expect(own).toMatchObject({
        load: { ratePerSecond: 200 },
        abortWhen: [{ compare: { value: 0.5 } }],
        beforeMs: 4000,
        afterMs: 8000,
      });
    }));

  test('runs in the first mode unless it names one', () =>
    load({ gameDay: ['mode: naive\n', ''] }, async (_, loading) => {
      expect((await loading).mode).toBe('protected');
    }));

  test('is known to editors', () => {
    const valid = new Ajv({ strict: true, allowUnionTypes: true }).compile(gameDayJsonSchema());
    expect(valid(parse(gameDayText)), JSON.stringify(valid.errors)).toBe(true);
    expect(valid(parse(gameDayText.replace('roles:', 'rolls:')))).toBe(false);
  });
});

describe('Mistakes in a Game Day', () => {
  test.each([
    [['mode: naive', 'mode: naiv'], 'day.yaml:4:7: shop has no mode `naiv`. Did you mean `naive`?'],
    [['roles:', 'rolls:'], 'day.yaml:5:1: Unknown key `rolls`. Did you mean `roles`?'],
    [
      ['owner: Ada', 'Owner: Ada'],
      'day.yaml:6:3: `Owner` cannot be a role. Write it like `owner`, with small letters.',
    ],
    [
      ['./short.yaml', './shot.yaml'],
      'day.yaml:16:5: There is no file `shot.yaml`. Did you mean `short.yaml`?',
    ],
    [
      ['./shop.system.yaml', './kill.yaml'],
      'day.yaml:3:9: `./kill.yaml` is an experiment, where a system file is needed.',
    ],
    [
      ['./shop.system.yaml', './shop.sytem.yaml'],
      'day.yaml:3:9: There is no file `shop.sytem.yaml`. Did you mean `shop.system.yaml`?',
    ],
    [
      ['./short.yaml', './kill.yaml'],
      'day.yaml:17:5: This experiment has the same title as an earlier one, `Customers can browse and buy while inventory is down`. Give each its own.',
    ],
    [
      ['  - ./short.yaml\n  - ./kill.yaml\n', '  []\n'],
      'day.yaml:16:3: `experiments` is empty. Name a file, such as `- ./kill-inventory.yaml`.',
    ],
    [['rate: 20/s', 'rate: 20'], 'day.yaml:12:45: `rate: 20` has no unit. Write `20/s`.'],
    [
      ['get: ${gateway}', 'get: ${gatway}'],
      'day.yaml:11:12: `${gatway}` names no service of the system. Did you mean `${gateway}`?',
    ],
    [
      ['success rate of load < 10%', 'success rate of brows < 10%'],
      'day.yaml:13:31: The load has no request `brows`. Did you mean `browse`?',
    ],
  ] as const)('%j', (gameDay, message) =>
    load({ gameDay }, async (folder, loading) => {
      const error = await errorOf(loading);
      expect(error.message.replaceAll(`${folder}/`, '').split('\n')[0]).toBe(message);
    }),
  );

  test.each([
    [['for: 1s', 'for: 1'], 'short.yaml:5:10: `for: 1` has no unit. Write `1s` or `500ms`.'],
    [
      ['of browse', 'of buy'],
      'short.yaml:7:21: The load has no request `buy`. There are `load` and `browse`.',
    ],
    [
      ['title: A short one\n', 'title: A short one\nsystem: ./other.yaml\n'],
      "short.yaml:2:9: `./other.yaml` is another system than the Game Day's. All experiments of a Game Day run on its system. Leave `system` out, or name the same file.",
    ],
  ] as const)('in an experiment: %j', (short, message) =>
    load({ short }, async (folder, loading) => {
      const error = await errorOf(loading);
      expect(error.message.replaceAll(`${folder}/`, '').split('\n')[0]).toBe(message);
    }),
  );

  test('an abort condition that does not fit the load of one experiment', () => {
    const named = ['success rate of load < 10%', 'success rate of browse < 10%'] as const;
    const load1 = ['expect:', 'load: { get: "${gateway}/", rate: 5/s, name: look }\nexpect:'] as const;
    return load({ gameDay: named, short: load1 }, async (folder, loading) => {
      const { message } = await errorOf(loading);
      expect(message.replaceAll(`${folder}/`, '')).toContain(
        'short.yaml:1:1: The Game Day aborts when `success rate of browse < 10% for 2s`, but this experiment has no such request: its load has `look`. Give it an `abort-when` of its own.',
      );
    });
  });
});
