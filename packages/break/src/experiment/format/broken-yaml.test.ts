import { describe, test } from 'vitest';
import { type BrokenFile, expectBrokenExperiment } from './testing/broken-file.ts';

const files: readonly BrokenFile[] = [
  {
    name: 'a colon in a text',
    from: 'title: C',
    to: 'title: Again: c',
    says: [
      "kill.yaml:1:8: A text with `: ` in it needs quotes: write `'Again: customers can browse and buy while inventory is down'`.",
      '',
      '  1 | title: Again: customers can browse and buy while inventory is down',
      '    |        ^',
    ],
  },
  {
    name: 'a quote that is not closed',
    from: 'title: C',
    to: 'title: "C',
    says: [
      'kill.yaml:1:8: The quote that begins here is not closed on its line. Put a `"` at the end of the text.',
      '',
      '  1 | title: "Customers can browse and buy while inventory is down',
      '    |        ^',
    ],
  },
  {
    name: 'a tab',
    from: '    target: inventory',
    to: '\ttarget: inventory',
    says: [
      'kill.yaml:31:1: A tab indents this line. YAML indents with spaces: write two spaces instead.',
      '',
      '  31 | \ttarget: inventory',
      '     | ^',
    ],
  },
  {
    name: 'a bracket that is not closed',
    from: 'status: [201, 202]',
    to: 'status: [201, 202',
    says: [
      'kill.yaml:27:15: The `[` that begins here is not closed. Add `]`.',
      '',
      '  27 |       status: [201, 202',
      '     |               ^',
    ],
  },
  {
    name: 'a colon without a space',
    from: 'status: 200',
    to: 'status:200',
    says: [
      'kill.yaml:7:5: A space is missing after the colon: write `status: 200`.',
      '',
      '  7 |     status:200',
      '    |     ^^^^^^^^^^',
    ],
  },
  {
    name: 'an alias',
    from: 'service: payment',
    to: 'service: *payment',
    says: [
      'kill.yaml:11:14: `*payment` stands for a value elsewhere, which is not read here. Write the value out.',
      '',
      '  11 |     service: *payment',
      '     |              ^^^^^^^^',
    ],
  },
  {
    name: 'a tag',
    from: 'status: 200',
    to: 'status: !!int 200',
    says: [
      'kill.yaml:7:14: A tag, which begins with `!`, is not read here. Remove it; what has to be text goes in quotes.',
      '',
      '  7 |     status: !!int 200',
      '    |              ^',
    ],
  },
  {
    name: 'a value that begins with @',
    from: 'contains: brass',
    to: 'contains: @brass',
    says: [
      "kill.yaml:8:15: A text that begins with `@` needs quotes: write `'@brass'`.",
      '',
      '  8 |     contains: @brass',
      '    |               ^',
    ],
  },
  {
    name: 'a value that is a comment',
    from: 'contains: brass',
    to: 'contains: #brass',
    says: [
      "kill.yaml:8:5: `contains` should be text, but is empty. `#` begins a comment; put the value in quotes. For empty text write `''`.",
      '',
      '  8 |     contains: #brass',
      '    |     ^^^^^^^^',
    ],
  },
  {
    name: 'a second document',
    from: 'method:',
    to: '---\nmethod:',
    says: [
      'kill.yaml:28:1: A second document begins here. One file holds one; remove the `---`.',
      '',
      '  28 | ---',
      '     | ^',
    ],
  },
];

describe('Mistakes in the YAML itself', () => {
  test.each(files)('$name', expectBrokenExperiment);
});
