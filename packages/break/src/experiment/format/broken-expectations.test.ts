import { describe, test } from 'vitest';
import { type BrokenFile, expectBrokenExperiment } from './testing/broken-file.ts';

const files: readonly BrokenFile[] = [
  {
    name: 'an expectation with a slip',
    from: 'success rate of load >= 99%\n',
    to: 'sucess rate of load >= 99%\n',
    says: [
      'kill.yaml:43:5: `sucess rate` is not how such a line begins. Did you mean `success rate`? For example: `success rate of load >= 99%`.',
      '',
      '  43 |   - sucess rate of load >= 99%',
      '     |     ^^^^^^^^^^^',
    ],
  },
  {
    name: 'an expectation about an unknown request',
    from: 'p99 of checkout',
    to: 'p99 of chekout',
    says: [
      'kill.yaml:44:12: The load has no request `chekout`. Did you mean `checkout`?',
      '',
      '  44 |   - p99 of chekout < 1s over the whole run',
      '     |            ^^^^^^^',
    ],
  },
  {
    name: 'an expectation without a percent sign',
    from: 'success rate of load >= 99%\n',
    to: 'success rate of load >= 99\n',
    says: [
      'kill.yaml:43:29: `99` has no unit. Write `99%`. For example: `success rate of load >= 99%`.',
      '',
      '  43 |   - success rate of load >= 99',
      '     |                             ^^',
    ],
  },
  {
    name: 'an expectation with a wrong unit',
    from: 'p99 of checkout < 1s',
    to: 'p99 of checkout < 99%',
    says: [
      'kill.yaml:44:23: `%` in `99%` is not a unit of a duration. Units are `ms`, `s`, `m` and `h`. For example: `p99 of load < 300ms`.',
      '',
      '  44 |   - p99 of checkout < 99% over the whole run',
      '     |                       ^^^',
    ],
  },
  {
    name: 'an expectation with a wrong verb',
    from: 'opens within 2s',
    to: 'open within 2s',
    says: [
      'kill.yaml:45:31: Understood `circuit-breaker inventory`, but then found `open` where `opens`, `half-opens`, `closes`, `rejects`, `stays closed` or `never` should be. Did you mean `opens`? For example: `circuit-breaker inventory opens`.',
      '',
      '  45 |   - circuit-breaker inventory open within 2s',
      '     |                               ^^^^',
    ],
  },
  {
    name: 'an expectation about nothing that is known',
    from: 'fallback inventory answers',
    to: 'the shop is quick',
    says: [
      'kill.yaml:47:9: `shop` is not how such a line begins. It begins with `success rate`, `goodput`, `p99`, `steady again`, `retry load` or a policy such as `circuit-breaker`. For example: `success rate of load >= 99%`.',
      '',
      '  47 |   - the shop is quick',
      '     |         ^^^^',
    ],
  },
  {
    name: 'an expectation that stops half-way',
    from: 'success rate of load >= 99%\n',
    to: 'success rate of load\n',
    says: [
      'kill.yaml:43:24: Understood `success rate of load`, but then the line ends where a comparison such as `>= 99%` should be. For example: `success rate of load >= 99%`.',
      '',
      '  43 |   - success rate of load',
      '     |                        ^',
    ],
  },
  {
    name: 'an expectation with a rest',
    from: 'steady again within 5s',
    to: 'steady again within 5s or so',
    says: [
      'kill.yaml:50:28: Understood `steady again within 5s`, but not `or so` after it. For example: `steady again within 5s`.',
      '',
      '  50 |   - steady again within 5s or so',
      '     |                            ^^^^^',
    ],
  },
  {
    name: 'an expectation of an unknown service',
    from: 'inventory of gateway closes',
    to: 'inventory of gatway closes',
    says: [
      'kill.yaml:46:34: The system has no service `gatway`. Did you mean `gateway`?',
      '',
      '  46 |   - circuit-breaker inventory of gatway closes within 4s',
      '     |                                  ^^^^^^',
    ],
  },
  {
    name: 'an expectation with a colon',
    from: 'steady again within 5s',
    to: 'steady again: within 5s',
    says: [
      'kill.yaml:50:5: This entry of `expect` should be one line of words, such as `success rate of load >= 99%`, or a query with `sql`, but is a map of keys. A colon followed by a space makes a key of what stands before it.',
      '',
      '  50 |   - steady again: within 5s',
      '     |     ^^^^^^^^^^^^^^^^^^^^^^^',
    ],
  },
  {
    name: 'an expectation that the run cannot see',
    from: 'steady again within 5s',
    to: 'steady again within 20s',
    says: [
      'kill.yaml:50:5: This cannot be seen: the system is watched for 8s after the last fault. Set `after` in `timing` to `20s` or more.',
      '',
      '  50 |   - steady again within 20s',
      '     |     ^^^^^^^^^^^^^^^^^^^^^^^',
    ],
  },
  {
    name: 'an item indented too far',
    from: '  - fallback inventory answers',
    to: '    - fallback inventory answers',
    says: [
      'kill.yaml:46:5: This line runs on: the one below is indented further, and so belongs to it. Begin both in the same column.',
      '',
      '  46 |   - circuit-breaker inventory of gateway closes within 4s',
      '     |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^',
    ],
  },
  {
    name: 'an abort condition without its load',
    from: 'success rate of load < 50%',
    to: 'success rate < 50%',
    says: [
      'kill.yaml:55:26: Understood `success rate`, but then found `<` where `of` should be. For example: `success rate of load < 50% for 3s`.',
      '',
      '  55 | abort-when: success rate < 50% for 3s',
      '     |                          ^',
    ],
  },
];

describe('Mistakes in expectations', () => {
  test.each(files)('$name', expectBrokenExperiment);
});
