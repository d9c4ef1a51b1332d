import { describe, test } from 'vitest';
import { type BrokenFile, expectBrokenExperiment } from './testing/broken-file.ts';

const files: readonly BrokenFile[] = [
  {
    name: 'a rate without a unit',
    from: 'rate: 200/s',
    to: 'rate: 200',
    says: [
      'kill.yaml:17:9: `rate: 200` has no unit. Write `200/s`.',
      '',
      '  17 |   rate: 200',
      '     |         ^^^',
    ],
  },
  {
    name: 'a rate in rps',
    from: 'rate: 200/s',
    to: 'rate: 200 rps',
    says: [
      'kill.yaml:17:9: `rps` in `rate: 200 rps` is not a unit. Write `200/s`.',
      '',
      '  17 |   rate: 200 rps',
      '     |         ^^^^^^^',
    ],
  },
  {
    name: 'two methods in one request',
    from: '      get: ${gateway}/products\n      weight',
    to: '      get: ${gateway}/products\n      post: ${gateway}/products\n      weight',
    says: [
      'kill.yaml:22:7: This has `get` and `post`. A request has one of `get`, `head`, `post`, `put`, `patch` or `delete`, such as `get: ${gateway}/products`.',
      '',
      '  22 |       post: ${gateway}/products',
      '     |       ^^^^',
    ],
  },
  {
    name: 'a body on a get',
    from: '      get: ${gateway}/products\n      weight',
    to: '      get: ${gateway}/products\n      body: x\n      weight',
    says: [
      'kill.yaml:22:7: A request with `get` has no body. Use `post`, or remove the body.',
      '',
      '  22 |       body: x',
      '     |       ^^^^',
    ],
  },
  {
    name: 'two requests of one name',
    from: 'name: checkout',
    to: 'name: browse',
    says: [
      'kill.yaml:23:7: Two requests have the name `browse`. Give each a `name` of its own.',
      '',
      '  23 |     - name: browse',
      '     |       ^',
    ],
  },
  {
    name: 'a request called load',
    from: 'name: browse',
    to: 'name: load',
    says: [
      'kill.yaml:20:13: `load` means all requests together. Give this one another name.',
      '',
      '  20 |     - name: load',
      '     |             ^^^^',
    ],
  },
  {
    name: 'a placeholder with a slip',
    from: 'get: ${gateway}/products\n    status',
    to: 'get: ${gatway}/products\n    status',
    says: [
      'kill.yaml:6:10: `${gatway}` names no service of the system. Did you mean `${gateway}`?',
      '',
      '  6 |     get: ${gatway}/products',
      '    |          ^^^^^^^^^',
    ],
  },
  {
    name: 'a placeholder of a request in a probe',
    from: 'get: ${gateway}/products\n    status',
    to: 'get: ${gateway}/${uuid}\n    status',
    says: [
      'kill.yaml:6:21: `${uuid}` has a value only in the requests of the load.',
      '',
      '  6 |     get: ${gateway}/${uuid}',
      '    |                     ^^^^^^^',
    ],
  },
  {
    name: 'a placeholder that is not closed',
    from: 'get: ${gateway}/products\n    status',
    to: 'get: ${gateway/products\n    status',
    says: [
      'kill.yaml:6:10: `${` begins a placeholder that is not closed. Write it like `${gateway}`.',
      '',
      '  6 |     get: ${gateway/products',
      '    |          ^^^^^^^^^^^^^^^^^^',
    ],
  },
  {
    name: 'a detail that a service does not have',
    from: '${payment.data}/orders.db',
    to: '${payment.folder}/orders.db',
    says: [
      'kill.yaml:14:15: `${payment.folder}` is not known. A service has an address, `${payment}`, and a folder for its data, `${payment.data}`.',
      '',
      '  14 |     database: ${payment.folder}/orders.db',
      '     |               ^^^^^^^^^^^^^^^^^',
    ],
  },
  {
    name: 'an address without a service',
    from: 'get: ${gateway}/products\n    status',
    to: 'get: /products\n    status',
    says: [
      'kill.yaml:6:10: `/products` is not an address. Write whose path it is: `${gateway}/products`.',
      '',
      '  6 |     get: /products',
      '    |          ^^^^^^^^^',
    ],
  },
  {
    name: 'an address without a slash',
    from: 'get: ${gateway}/products\n    status',
    to: 'get: ${gateway}products\n    status',
    says: [
      'kill.yaml:6:10: `${gateway}products` is not an address. After `${gateway}` comes a path, which begins with `/`.',
      '',
      '  6 |     get: ${gateway}products',
      '    |          ^^^^^^^^^^^^^^^^^^',
    ],
  },
  {
    name: 'a placeholder in braces without quotes',
    from: 'Idempotency-Key: "${uuid}"',
    to: 'Idempotency-Key: ${uuid}',
    says: [
      'kill.yaml:25:35: Within `{ }` and `[ ]` a text with `${` needs quotes: write `"${uuid}"`.',
      '',
      '  25 |       headers: { Idempotency-Key: ${uuid} }',
      '     |                                   ^^^^^^^',
    ],
  },
];

describe('Mistakes in the load and its requests', () => {
  test.each(files)('$name', expectBrokenExperiment);
});
