import { describe, test } from 'vitest';
import { type BrokenFile, expectBrokenExperiment } from './testing/broken-file.ts';

const files: readonly BrokenFile[] = [
  {
    name: 'a fault of links on a service that nobody calls',
    from: 'target: gateway -> payment',
    to: 'target: lonely',
    says: [
      'kill.yaml:35:13: `latency` acts on the calls to `lonely`, but no service calls it. Services that others call are `gateway`, `inventory` and `payment`.',
      '',
      '  35 |     target: lonely',
      '     |             ^^^^^^',
    ],
  },
  {
    name: 'a service with a slip',
    from: 'target: inventory',
    to: 'target: inventroy',
    says: [
      'kill.yaml:31:13: The system has no service `inventroy`. Did you mean `inventory`?',
      '',
      '  31 |     target: inventroy',
      '     |             ^^^^^^^^^',
    ],
  },
  {
    name: 'a link where a service is needed',
    from: 'target: inventory',
    to: 'target: gateway -> inventory',
    says: [
      'kill.yaml:31:13: `kill` is aimed at a service such as `inventory`, not at `gateway -> inventory`.',
      '',
      '  31 |     target: gateway -> inventory',
      '     |             ^^^^^^^^^^^^^^^^^^^^',
    ],
  },
  {
    name: 'a link that is not declared',
    from: 'gateway -> payment',
    to: 'inventory -> payment',
    says: [
      'kill.yaml:35:13: `inventory` does not call `payment`. It calls `gateway`. Choose one of them, or add it to `calls` of `inventory` in the system file.',
      '',
      '  35 |     target: inventory -> payment',
      '     |             ^^^^^^^^^^^^^^^^^^^^',
    ],
  },
  {
    name: 'a link with a slip',
    from: 'gateway -> payment',
    to: 'gateway -> paymnt',
    says: [
      'kill.yaml:35:24: The system has no service `paymnt`. Did you mean `payment`?',
      '',
      '  35 |     target: gateway -> paymnt',
      '     |                        ^^^^^^',
    ],
  },
  {
    name: 'a link with a wrong arrow',
    from: 'gateway -> payment',
    to: 'gateway > payment',
    says: [
      'kill.yaml:35:13: `gateway > payment` is no target. `latency` is aimed at a service such as `inventory`, or the calls between two services, such as `gateway -> payment`, or the calls between groups of services, such as `gateway, orders <-> payment`.',
      '',
      '  35 |     target: gateway > payment',
      '     |             ^^^^^^^^^^^^^^^^^',
    ],
  },
  {
    name: 'a group with a slip',
    from: 'gateway -> payment',
    to: 'gateway, inventory <-> paymnt',
    says: [
      'kill.yaml:35:36: The system has no service `paymnt`. Did you mean `payment`?',
      '',
      '  35 |     target: gateway, inventory <-> paymnt',
      '     |                                    ^^^^^^',
    ],
  },
  {
    name: 'a service on both sides',
    from: 'gateway -> payment',
    to: 'gateway, inventory <-> gateway',
    says: [
      'kill.yaml:35:13: `gateway` is on both sides. Name it on one of them.',
      '',
      '  35 |     target: gateway, inventory <-> gateway',
      '     |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^',
    ],
  },
  {
    name: 'groups that do not call each other that way',
    from: 'gateway -> payment',
    to: 'payment, lonely -> gateway',
    says: [
      'kill.yaml:35:13: No service on the left of `payment, lonely -> gateway` calls one on the right. Turn the arrow round, or write `<->`.',
      '',
      '  35 |     target: payment, lonely -> gateway',
      '     |             ^^^^^^^^^^^^^^^^^^^^^^^^^^',
    ],
  },
  {
    name: 'an option of another fault',
    from: 'times: 3',
    to: 'delay: 3s',
    says: [
      'kill.yaml:40:5: `delay` is an option of `latency`, not of `traffic-spike`, which has `times`, `rate` and `note`.',
      '',
      '  40 |     delay: 3s',
      '     |     ^^^^^',
    ],
  },
  {
    name: 'an option without a unit',
    from: 'delay: 400ms',
    to: 'delay: 400',
    says: [
      'kill.yaml:36:12: `delay: 400` has no unit. Write `400ms` or `5s`.',
      '',
      '  36 |     delay: 400',
      '     |            ^^^',
    ],
  },
  {
    name: 'options that do not fit together',
    from: 'delay: 400ms',
    to: 'delay: 400ms\n    jitter: 500ms',
    says: [
      'kill.yaml:37:5: `jitter` must be at most `delay`.',
      '',
      '  37 |     jitter: 500ms',
      '     |     ^^^^^^',
    ],
  },
  {
    name: 'a count that is no whole number',
    from: 'times: 3',
    to: 'times: 2.5',
    says: [
      'kill.yaml:40:12: `times` should be a whole number from 1 to 1000, but is the number 2.5.',
      '',
      '  40 |     times: 2.5',
      '     |            ^^^',
    ],
  },
  {
    name: 'a load that is missing',
    from: 'load:\n  rate: 200/s\n  timeout: 1s\n  requests:\n    - name: browse\n      get: ${gateway}/products\n      weight: 4\n    - name: checkout\n      post: ${gateway}/orders\n      headers: { Idempotency-Key: "${uuid}" }\n      body: { sku: brass-bell, quantity: 1 }\n      status: [201, 202]\n',
    to: '',
    says: [
      'kill.yaml:26:5: `traffic-spike` needs a load, but the experiment has none. Add a `load`, such as `load: { get: "${gateway}/products", rate: 50/s }`.',
      '',
      '  26 |   - at: 20s',
      '     |     ^',
      '',
      'And 1 more:',
      '  kill.yaml:31:5: This speaks of the load, but the experiment has none. Add a `load`, such as `load: { get: "${gateway}/products", rate: 50/s }`.',
    ],
  },
];

describe('Mistakes in targets and options', () => {
  test.each(files)('$name', expectBrokenExperiment);
});
