import { describe, test } from 'vitest';
import { type BrokenFile, expectBrokenExperiment } from './testing/broken-file.ts';

const files: readonly BrokenFile[] = [
  {
    name: 'a key with a slip',
    from: 'steady-state:',
    to: 'steady-sate:',
    says: [
      'kill.yaml:4:1: Unknown key `steady-sate`. Did you mean `steady-state`?',
      '',
      '  4 | steady-sate:',
      '    | ^^^^^^^^^^^',
    ],
  },
  {
    name: 'a key in camel case',
    from: 'abort-when:',
    to: 'abortWhen:',
    says: [
      'kill.yaml:55:1: Unknown key `abortWhen`. Did you mean `abort-when`?',
      '',
      '  55 | abortWhen: success rate of load < 50% for 3s',
      '     | ^^^^^^^^^',
    ],
  },
  {
    name: 'a key by another name',
    from: '    for: 10s',
    to: '    duration: 10s',
    says: [
      'kill.yaml:32:5: Unknown key `duration`. Did you mean `for`?',
      '',
      '  32 |     duration: 10s',
      '     |     ^^^^^^^^',
    ],
  },
  {
    name: 'a key that nothing is near',
    from: 'abort-when:',
    to: 'colour: blue\nabort-when:',
    says: [
      'kill.yaml:55:1: Unknown key `colour`. The keys here are `title`, `description`, `system`, `steady-state`, `load`, `abort-when`, `timing`, `method` and `expect`.',
      '',
      '  55 | colour: blue',
      '     | ^^^^^^',
    ],
  },
  {
    name: 'a key twice',
    from: 'title: C',
    to: 'title: First\ntitle: C',
    says: [
      'kill.yaml:2:1: `title` is here twice; the first is on line 1. Keep one of them.',
      '',
      '  2 | title: Customers can browse and buy while inventory is down',
      '    | ^^^^^',
    ],
  },
  {
    name: 'a missing title',
    from: 'title: Customers can browse and buy while inventory is down\n',
    to: '',
    says: [
      'kill.yaml:1:1: `title` is missing in this experiment. Add a line such as `title: Customers can buy while inventory is down`.',
      '',
      '  1 | description: Inventory was down twice this year.',
      '    | ^^^^^^^^^^^',
    ],
  },
  {
    name: 'a list that is none',
    from: 'expect:\n',
    to: 'expect: all is well\nexpected:\n',
    says: [
      'kill.yaml:42:9: `expect` should be a list, such as `- success rate of load >= 99%`, but is the text `all is well`.',
      '',
      '  42 | expect: all is well',
      '     |         ^^^^^^^^^^^',
      '',
      'And 1 more:',
      '  kill.yaml:43:1: Unknown key `expected`. Did you mean `expect`?',
    ],
  },
  {
    name: 'a map where a list should be',
    from: '  - at: 5s\n    fault',
    to: '    at: 5s\n    fault',
    says: [
      'kill.yaml:33:1: This line is indented differently from its neighbours. What belongs together begins in the same column.',
      '',
      '  33 |   - at: 6s',
      '     | ^',
    ],
  },
  {
    name: 'a system file that is not there',
    from: './shop.system.yaml',
    to: './shop.sytem.yaml',
    says: [
      'kill.yaml:3:9: There is no file `shop.sytem.yaml`. Did you mean `shop.system.yaml`?',
      '',
      '  3 | system: ./shop.sytem.yaml',
      '    |         ^^^^^^^^^^^^^^^^^',
    ],
  },
  {
    name: 'a folder for a system file',
    from: './shop.system.yaml',
    to: '.',
    says: [
      'kill.yaml:3:9: `.` is a folder. Name a file. It has `kill.yaml` and `shop.system.yaml`.',
      '',
      '  3 | system: .',
      '    |         ^',
    ],
  },
  {
    name: 'an experiment for a system file',
    from: './shop.system.yaml',
    to: './kill.yaml',
    says: [
      'kill.yaml:3:9: `./kill.yaml` is an experiment, where a system file is needed.',
      '',
      '  3 | system: ./kill.yaml',
      '    |         ^^^^^^^^^^^',
    ],
  },
  {
    name: 'a key indented too far',
    from: '    target: inventory',
    to: '      target: inventory',
    says: [
      'kill.yaml:31:7: This line is indented deeper than its neighbours, though the line above has a value already. Indent it less.',
      '',
      '  31 |       target: inventory',
      '     |       ^',
    ],
  },
  {
    name: 'a key indented too little',
    from: '    target: inventory',
    to: '   target: inventory',
    says: [
      'kill.yaml:31:1: This line is indented differently from its neighbours. What belongs together begins in the same column.',
      '',
      '  31 |    target: inventory',
      '     | ^',
    ],
  },
];

describe('Mistakes in keys', () => {
  test.each(files)('$name', expectBrokenExperiment);
});
