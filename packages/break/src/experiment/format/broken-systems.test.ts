import { describe, test } from 'vitest';
import { type BrokenFile, expectBrokenSystem } from './testing/broken-file.ts';

const files: readonly BrokenFile[] = [
  {
    name: 'a call to an unknown service',
    from: '[inventory, payment]',
    to: '[inventory, paymnt]',
    says: [
      'shop.system.yaml:7:24: `gateway` calls `paymnt`, which is no service of this file. Did you mean `payment`?',
      '',
      '  7 |     calls: [inventory, paymnt]',
      '    |                        ^^^^^^',
    ],
  },
  {
    name: 'a call twice',
    from: '[inventory, payment]',
    to: '[payment, payment]',
    says: [
      'shop.system.yaml:7:22: `payment` is here twice. Keep one of them.',
      '',
      '  7 |     calls: [payment, payment]',
      '    |                      ^^^^^^^',
    ],
  },
  {
    name: 'a port that is taken',
    from: '    ready: /ready\n',
    to: '    ready: /ready\n    port: 4000\n',
    says: [
      'shop.system.yaml:17:11: `gateway` has port 4000 already. Give `payment` another one, or none: then the lab chooses.',
      '',
      '  17 |     port: 4000',
      '     |           ^^^^',
    ],
  },
  {
    name: 'a port out of range',
    from: 'port: 4000',
    to: 'port: 70000',
    says: [
      'shop.system.yaml:5:11: `port` should be a port from 1 to 65535, but is the number 70000.',
      '',
      '  5 |     port: 70000',
      '    |           ^^^^^',
    ],
  },
  {
    name: 'a command for a shell',
    from: 'start: node payment.js',
    to: 'start: cd pay && node payment.js',
    says: [
      'shop.system.yaml:15:12: A command is started without a shell, so `&&` has no meaning here. Start one program.',
      '',
      '  15 |     start: cd pay && node payment.js',
      '     |            ^^^^^^^^^^^^^^^^^^^^^^^^^',
    ],
  },
  {
    name: 'a variable before a command',
    from: 'start: node payment.js',
    to: 'start: A=1 node payment.js',
    says: [
      'shop.system.yaml:15:12: A command is started without a shell. Put the variable under `env`: `A: 1`.',
      '',
      '  15 |     start: A=1 node payment.js',
      '     |            ^^^^^^^^^^^^^^^^^^^',
    ],
  },
  {
    name: 'a command by another name',
    from: 'start: node payment.js',
    to: 'command: node payment.js',
    says: [
      'shop.system.yaml:15:5: Unknown key `command`. Did you mean `start`?',
      '',
      '  15 |     command: node payment.js',
      '     |     ^^^^^^^',
    ],
  },
  {
    name: 'a ready path without a slash',
    from: 'ready: /ready',
    to: 'ready: ready',
    says: [
      'shop.system.yaml:16:12: `ready` is not a path. It begins with `/`, such as `/health`; the lab knows the rest.',
      '',
      '  16 |     ready: ready',
      '     |            ^^^^^',
    ],
  },
  {
    name: 'a variable of the lab',
    from: 'LEVEL: 3',
    to: 'PORT: 3',
    says: [
      'shop.system.yaml:12:12: `PORT` is handed over by the lab. Use the key `port` of the service.',
      '',
      '  12 |     env: { PORT: 3, DEBUG: true, NAME: x }',
      '     |            ^^^^',
    ],
  },
  {
    name: 'a placeholder that is not replaced',
    from: 'LEVEL: 3',
    to: 'LEVEL: "${gateway}"',
    says: [
      'shop.system.yaml:12:19: `${gateway}` is not replaced here: a variable is handed over as it stands. The address of a service that stands in `calls` is handed over as `NAME_URL`.',
      '',
      '  12 |     env: { LEVEL: "${gateway}", DEBUG: true, NAME: x }',
      '     |                   ^^^^^^^^^^^^',
    ],
  },
  {
    name: 'a service called load',
    from: '  payment:',
    to: '  load:',
    says: [
      'shop.system.yaml:7:24: `gateway` calls `payment`, which is no service of this file. The services are `gateway`, `inventory`, `load` and `lonely`.',
      '',
      '  7 |     calls: [inventory, payment]',
      '    |                        ^^^^^^^',
      '',
      'And 1 more:',
      '  shop.system.yaml:14:3: A service cannot be called `load`, a word that means something else here.',
    ],
  },
  {
    name: 'services whose addresses clash',
    from: '  payment:',
    to: '  Inventory:',
    says: [
      'shop.system.yaml:7:24: `gateway` calls `payment`, which is no service of this file. The services are `gateway`, `inventory`, `Inventory` and `lonely`.',
      '',
      '  7 |     calls: [inventory, payment]',
      '    |                        ^^^^^^^',
      '',
      'And 1 more:',
      '  shop.system.yaml:14:3: `Inventory` and `inventory` would both be told to others as INVENTORY_URL. Rename one of them.',
    ],
  },
  {
    name: 'no services',
    from: 'services:\n  gateway:\n    start: node gateway.js --port "a b"\n    port: 4000\n    ready: /health\n    calls: [inventory, payment]\n  inventory:\n    start: [node, inventory.js]\n    ready: /health\n    ready-within: 5s\n    env: { LEVEL: 3, DEBUG: true, NAME: x }\n    calls: gateway\n  payment:\n    start: node payment.js\n    ready: /ready\n  lonely:\n    start: node lonely.js\n    ready: /ready\n',
    to: 'services: {}\n',
    says: [
      'shop.system.yaml:2:1: A system has at least one service.',
      '',
      '  2 | services: {}',
      '    | ^^^^^^^^',
    ],
  },
  {
    name: 'modes without one',
    from: '  protected: { SHOP_MODE: protected }\n  naive: { SHOP_MODE: naive }\n',
    to: '  {}\n',
    says: [
      'shop.system.yaml:20:1: `modes` is empty. Name a mode, or remove the key.',
      '',
      '  20 | modes:',
      '     | ^^^^^',
    ],
  },
];

describe('Mistakes in system files', () => {
  test.each(files)('$name', expectBrokenSystem);
});
