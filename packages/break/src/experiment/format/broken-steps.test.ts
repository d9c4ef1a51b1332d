import { describe, test } from 'vitest';
import { type BrokenFile, expectBrokenExperiment } from './testing/broken-file.ts';

const files: readonly BrokenFile[] = [
  {
    name: 'a fault in the place of its key',
    from: 'fault: kill\n    target: inventory',
    to: 'kill: inventory',
    says: [
      'kill.yaml:30:5: `kill` is no key but a fault. Write `fault: kill`.',
      '',
      '  30 |     kill: inventory',
      '     |     ^^^^',
    ],
  },
  {
    name: 'a duration without a unit',
    from: 'for: 10s',
    to: 'for: 10',
    says: [
      'kill.yaml:32:10: `for: 10` has no unit. Write `10s` or `500ms`.',
      '',
      '  32 |     for: 10',
      '     |          ^^',
    ],
  },
  {
    name: 'a duration with a long unit',
    from: 'for: 10s',
    to: 'for: 10 seconds',
    says: [
      'kill.yaml:32:10: `seconds` in `for: 10 seconds` is not a unit. Write `10s`.',
      '',
      '  32 |     for: 10 seconds',
      '     |          ^^^^^^^^^^',
    ],
  },
  {
    name: 'a duration that is a word',
    from: 'for: 10s',
    to: 'for: soon',
    says: [
      'kill.yaml:32:10: `for: soon` is not a duration. Write `10s` or `500ms`.',
      '',
      '  32 |     for: soon',
      '     |          ^^^^',
    ],
  },
  {
    name: 'a duration that is missing',
    from: 'for: 10s',
    to: 'for:',
    says: [
      'kill.yaml:32:5: `for` should be a duration, but is empty. Write `10s` or `500ms`.',
      '',
      '  32 |     for:',
      '     |     ^^^',
    ],
  },
  {
    name: 'a fault that lasts no time',
    from: 'for: 10s',
    to: 'for: 0',
    says: [
      'kill.yaml:32:10: `for: 0` is too little: such a fault is over before it can be seen. The least is `100ms`.',
      '',
      '  32 |     for: 0',
      '     |          ^',
    ],
  },
  {
    name: 'a fault that lasts too long',
    from: 'for: 10s',
    to: 'for: 2h',
    says: [
      'kill.yaml:32:10: `for: 2h` is too much. The most is `1h`.',
      '',
      '  32 |     for: 2h',
      '     |          ^^',
    ],
  },
  {
    name: 'a time before the beginning',
    from: 'at: 5s',
    to: 'at: -5s',
    says: [
      'kill.yaml:29:9: `at: -5s` is negative. A duration counts from 0 upwards.',
      '',
      '  29 |   - at: -5s',
      '     |         ^^^',
    ],
  },
  {
    name: 'a fault with a slip',
    from: 'fault: kill',
    to: 'fault: kil',
    says: [
      'kill.yaml:30:12: Unknown fault `kil`. Did you mean `kill`?',
      '',
      '  30 |     fault: kil',
      '     |            ^^^',
    ],
  },
  {
    name: 'a fault by half its name',
    from: 'fault: kill',
    to: 'fault: memory',
    says: [
      'kill.yaml:30:12: Unknown fault `memory`. Did you mean `exhaust-memory`?',
      '',
      '  30 |     fault: memory',
      '     |            ^^^^^^',
    ],
  },
  {
    name: 'a fault that is a number',
    from: 'fault: kill',
    to: 'fault: 9',
    says: [
      'kill.yaml:30:12: `fault` should be one of `kill`, `latency`, `lost-reply`, `exhaust-memory` or `traffic-spike`, but is the number 9.',
      '',
      '  30 |     fault: 9',
      '     |            ^',
    ],
  },
  {
    name: 'a step without a fault',
    from: '    fault: kill\n',
    to: '',
    says: [
      'kill.yaml:29:5: `fault` is missing in this step. It is one of `kill`, `latency`, `lost-reply`, `exhaust-memory` or `traffic-spike`.',
      '',
      '  29 |   - at: 5s',
      '     |     ^^',
    ],
  },
  {
    name: 'a fault that is still on',
    from: 'at: 6s\n    fault: latency\n    target: gateway -> payment\n    delay: 400ms',
    to: 'at: 6s\n    fault: kill\n    target: inventory',
    says: [
      'kill.yaml:33:9: The same fault is still on then: it ends at `15s`. Begin this one at `15s` or later.',
      '',
      '  33 |   - at: 6s',
      '     |         ^^',
    ],
  },
];

describe('Mistakes in the method', () => {
  test.each(files)('$name', expectBrokenExperiment);
});
