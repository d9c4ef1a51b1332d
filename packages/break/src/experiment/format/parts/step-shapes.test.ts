import { expect, test } from 'vitest';
import { kill } from '../../../faults/index.ts';
import { stepOf } from './step-shapes.ts';

test.each(['at', 'for', 'target', 'fault'])(
  'A fault cannot have an option that is a step’s own: %s',
  (name) => {
    const options = [{ name, type: 'text', default: 'x', summary: 'never to be reached' }] as const;
    expect(() => stepOf([{ ...kill, options }])).toThrow(`has an option \`${name}\``);
  },
);
