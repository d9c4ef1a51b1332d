import { describe, test } from 'vitest';
import { type BrokenFile, expectBrokenExperiment } from './testing/broken-file.ts';

const files: readonly BrokenFile[] = [
  {
    name: 'a status in quotes',
    from: 'status: 200',
    to: 'status: "200"',
    says: [
      'kill.yaml:7:13: `status` should be a status from 100 to 599, but is the text `200`. Remove the quotes.',
      '',
      '  7 |     status: "200"',
      '    |             ^^^^^',
    ],
  },
  {
    name: 'a bound that begins with >',
    from: "is: '>= 0'",
    to: 'is: >= 0',
    says: [
      "kill.yaml:15:9: A text that begins with `>` needs quotes: write `'>= 0'`.",
      '',
      '  15 |     is: >= 0',
      '     |         ^^^^',
    ],
  },
  {
    name: 'a lower bound for p99',
    from: 'p99: < 300ms',
    to: "p99: '> 300ms'",
    says: [
      'kill.yaml:9:10: `p99` has an upper bound. Write `< 300ms`.',
      '',
      "  9 |     p99: '> 300ms'",
      '    |          ^^^^^^^^^',
    ],
  },
  {
    name: 'a probe of an unknown kind',
    from: 'probe: sql',
    to: 'probe: sqll',
    says: [
      'kill.yaml:12:12: Unknown probe `sqll`. Did you mean `sql`?',
      '',
      '  12 |   - probe: sqll',
      '     |            ^^^^',
    ],
  },
  {
    name: 'a probe of a service that is not there',
    from: 'service: payment',
    to: 'service: pay',
    says: [
      'kill.yaml:11:14: The system has no service `pay`. Did you mean `payment`?',
      '',
      '  11 |     service: pay',
      '     |              ^^^',
    ],
  },
  {
    name: 'a query that writes',
    from: 'query: SELECT count(*) FROM orders',
    to: 'query: DELETE FROM orders',
    says: [
      'kill.yaml:13:12: A query only reads: it begins with `SELECT` or `WITH`, not with `DELETE`.',
      '',
      '  13 |     query: DELETE FROM orders',
      '     |            ^^^^^^^^^^^^^^^^^^',
    ],
  },
];

describe('Mistakes in probes', () => {
  test.each(files)('$name', expectBrokenExperiment);
});
