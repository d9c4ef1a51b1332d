import type { Expectation, Probe, SystemDefinition } from '../../model.ts';
import { claimLine, conditionLine } from '../claims/claim-lines.ts';
import { phaseMsMax, phaseMsMin } from '../limits.ts';
import { object } from '../shapes/map-shapes.ts';
import type { Reading } from '../shapes/reading.ts';
import { quantity, text } from '../shapes/scalar-shapes.ts';
import { list, type Shape, unlike } from '../shapes/shape.ts';
import type { SourceNode } from '../source/source.ts';
import { load } from './load-shapes.ts';
import { probe, sqlExpectation } from './probe-shapes.ts';
import { type FaultDescription, stepOf } from './step-shapes.ts';

/** How an experiment file begins, for the message about an empty one. */
export const experimentBegin =
  'An experiment begins with a line such as `title: Customers can buy while inventory is down`.';

/** The keys that an experiment shares with the defaults of a Game Day. */
export const sharedKeys = {
  'steady-state': {
    summary: 'Measurements that hold while all is well; asked before, during and after the faults.',
    shape: list(probe, { least: 1, none: 'Add a probe, such as `- probe: http`.', example: '- probe: http' }),
    slips: ['steady-state-hypothesis', 'hypothesis', 'probes', 'steady'],
  },
  load: {
    summary: 'The requests that are sent all the while.',
    shape: load,
    slips: ['traffic', 'workload', 'requests'],
  },
  'abort-when': {
    summary: 'When the run is stopped and everything undone.',
    shape: list(conditionLine, { example: 'abort-when: success rate of load < 50% for 3s', alone: true }),
    slips: ['abort', 'abort-if', 'stop-when', 'stop-conditions', 'halt-when'],
  },
  timing: {
    summary: 'How long the system is measured before the first fault, and watched after the last one.',
    shape: object('this timing', 'timing: { before: 5s, after: 10s }', {
      before: { summary: 'Before the first fault; 5s by default.', shape: phase() },
      after: {
        summary: 'After the last fault; 10s by default, or as long as the expectations need.',
        shape: phase(),
      },
    }),
    slips: ['times', 'duration'],
  },
} as const;

/** An experiment file. */
export function experimentShape(faults: readonly FaultDescription[]) {
  return object('this experiment', 'title: Customers can buy while inventory is down', {
    title: {
      summary: 'The hypothesis in one sentence.',
      shape: text({ noun: 'a sentence', example: 'title: Customers can buy while inventory is down' }),
      required: 'title: Customers can buy while inventory is down',
      slips: ['name'],
    },
    description: {
      summary: 'Why this is tried, for people.',
      shape: text({ noun: 'text', example: 'Inventory has been down twice this year.' }),
      slips: ['why', 'about'],
    },
    system: {
      summary: 'The system file, relative to this one.',
      shape: systemReference(),
      slips: ['target', 'application'],
    },
    ...sharedKeys,
    method: {
      summary: 'The faults, each with its time.',
      shape: list(stepOf(faults), {
        least: 1,
        none: 'Add a step, such as `- fault: kill`.',
        example: '- fault: kill',
      }),
      required: 'method: [{ at: 5s, fault: kill, target: inventory, for: 10s }]',
      slips: ['steps', 'faults', 'actions', 'experiment'],
    },
    expect: {
      summary: 'What is claimed: one line each.',
      shape: list(expected(), {
        least: 1,
        none: 'Add a line, such as `- success rate of load >= 99%`.',
        example: '- success rate of load >= 99%',
      }),
      required: 'expect: [success rate of load >= 99%]',
      slips: ['expectations', 'expected', 'hypotheses', 'assert', 'then', 'asserts'],
    },
  });
}

/** What was read of an experiment's keys. */
export type ReadExperiment = ReturnType<typeof experimentShape> extends Shape<infer T> ? T : never;

/** The system: a path in a file, the system itself in code. */
function systemReference(): Shape<string | SystemDefinition> {
  const file = text({ noun: 'a file', example: 'system: ./shop.system.yaml' });
  return {
    schema: file.schema,
    read(node, reading) {
      if (node.kind !== 'object') return file.read(node, reading);
      const value = node.value as Partial<SystemDefinition>;
      if (Array.isArray(value.services) && Array.isArray(value.modes)) return node.value as SystemDefinition;
      return reading.wrong(node.place, '`system` is no system. Give what `loadSystem` returned.');
    },
  };
}

/** An expectation: a line, or a probe that is asked once after the run. */
function expected(): Shape<Expectation> {
  return {
    schema: { anyOf: [claimLine.schema, sqlExpectation.schema, probe.schema] },
    read(node, reading) {
      if (node.kind !== 'map') return claimLine.read(node, reading);
      const asked = probeOf(node, reading);
      if (asked === undefined) return undefined;
      return { text: asked.name, line: reading.line(node.place), kind: 'probe', probe: asked };
    },
  };
}

function probeOf(node: SourceNode & { readonly kind: 'map' }, reading: Reading): Probe | undefined {
  const keys = node.entries.map(({ key }) => key);
  if (keys.includes('sql')) return sqlExpectation.read(node, reading);
  if (keys.includes('probe') || keys.includes('query')) return probe.read(node, reading);
  const wanted = 'one line of words, such as `success rate of load >= 99%`, or a query with `sql`';
  return reading.wrong(
    node.place,
    `${unlike(node, wanted, reading)} A colon followed by a space makes a key of what stands before it.`,
  );
}

function phase(): Shape<number> {
  return quantity('duration', {
    least: phaseMsMin,
    most: phaseMsMax,
    leastBecause: 'nothing can be measured in it',
  });
}
