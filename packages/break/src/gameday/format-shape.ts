import { sharedKeys } from '../experiment/format/parts/experiment-shape.ts';
import type { ExperimentDefaults } from '../experiment/format/parts/make-experiment.ts';
import { named, object } from '../experiment/format/shapes/map-shapes.ts';
import type { Known } from '../experiment/format/shapes/reading.ts';
import { text } from '../experiment/format/shapes/scalar-shapes.ts';
import { list, type Shape } from '../experiment/format/shapes/shape.ts';
import { shorten } from '../experiment/format/source/source.ts';

/** How a Game Day file begins, for the message about an empty one. */
export const gameDayBegin = 'A Game Day begins with a line such as `title: The first Game Day of the shop`.';

const rolePattern = /^[a-z][a-z0-9-]*$/;

/** A Game Day file. */
export const gameDayShape = object('this Game Day', 'title: The first Game Day of the shop', {
  title: {
    summary: 'What the day is called.',
    shape: text({ noun: 'text', example: 'title: The first Game Day of the shop' }),
    required: 'title: The first Game Day of the shop',
    slips: ['name'],
  },
  description: {
    summary: 'What it is for.',
    shape: text({ noun: 'text', example: 'We practise before the sale.' }),
    slips: ['about', 'why'],
  },
  system: {
    summary: 'The system file, relative to this one.',
    shape: text({ noun: 'a file', example: 'system: ./shop.system.yaml' }),
    required: 'system: ./shop.system.yaml',
    slips: ['target', 'application'],
  },
  mode: {
    summary: "The mode the system runs in; the system's first one by default.",
    shape: text({ noun: 'a mode', example: 'mode: protected' }),
  },
  roles: {
    summary: 'Who does what: owner (may halt), coordinator, reporter, observers.',
    shape: named(
      'roles: { owner: Ada, coordinator: Grace }',
      list(text({ noun: 'a name', example: 'Ada' }), {
        least: 1,
        none: 'Write a name.',
        example: 'observers: [Ada, Grace]',
        alone: true,
      }),
      {
        pattern: rolePattern,
        problem: (name) =>
          rolePattern.test(name)
            ? undefined
            : `\`${shorten(name)}\` cannot be a role. Write it like \`owner\`, with small letters.`,
      },
    ),
    slips: ['people', 'team', 'participants'],
  },
  defaults: {
    summary: 'What holds for every experiment that does not have it itself.',
    shape: object('these defaults', 'timing: { before: 5s, after: 10s }', sharedKeys),
    slips: ['default', 'common', 'shared'],
  },
  experiments: {
    summary: 'The experiment files in the order in which they run, relative to this one.',
    shape: list(text({ noun: 'a file', example: './kill-inventory.yaml' }), {
      least: 1,
      none: 'Name a file, such as `- ./kill-inventory.yaml`.',
      example: '- ./kill-inventory.yaml',
    }),
    required: 'experiments: [./kill-inventory.yaml]',
    slips: ['plan', 'steps', 'schedule', 'scenarios'],
  },
});

/** What was read of a Game Day's keys. */
export type ReadGameDay = typeof gameDayShape extends Shape<infer T> ? T : never;

/** The defaults of a Game Day for its experiments; `load` also says when there is none, or one that is broken. */
export function defaultsOf({
  fields,
}: ReadGameDay): Omit<ExperimentDefaults, 'load'> & { readonly load: Known['load'] } {
  const given = fields.defaults?.value;
  if (given === undefined) return { load: 'none' };
  const timing = given.fields.timing?.value.fields;
  return {
    steadyState: given.fields['steady-state']?.value.map(({ value }) => value),
    load: given.present.has('load') ? (given.fields.load?.value ?? 'broken') : 'none',
    abortWhen: given.fields['abort-when']?.value.map(({ value }) => value),
    beforeMs: timing?.before?.value,
    afterMs: timing?.after?.value,
  };
}
