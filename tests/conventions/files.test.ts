import { describe, expect, it } from 'vitest';
import { filesBelow, isShipped, statementsOf, textOf, typeScriptFiles } from './source-files.ts';

/** One concept a file: what is longer has two. */
const linesMax = { shipped: 300, test: 500 };

/** The engine is one state machine; its parts in several files would be harder to follow, not easier. */
const longerFiles: Readonly<Record<string, number>> = { 'packages/protect/src/kernel/call.ts': 380 };

/** Names that others have given, and that tools look for. */
const givenNames = /^(README|ARCHITECTURE|CONTRIBUTING|CHANGELOG|SECURITY|CODE_OF_CONDUCT|LICENSE)(\.md)?$/;

describe('every file', () => {
  const files = filesBelow('');

  it('has a name of small letters, digits and dashes', () => {
    const wrong = files.filter((path) =>
      path.split('/').some((part) => !givenNames.test(part) && !/^_?[a-z0-9]+([.-][a-z0-9]+)*$/.test(part)),
    );
    expect(wrong).toEqual([]);
  });

  it('is named for what it is, not for being useful', () => {
    const wrong = files.filter((path) => /(^|[/.-])(utils?|helpers?|misc|common)([/.-]|$)/.test(path));
    expect(wrong).toEqual([]);
  });
});

describe('every TypeScript file', () => {
  const files = typeScriptFiles();

  it('is short enough to be one thing', () => {
    const long = files.flatMap((path) => {
      const lines = textOf(path).split('\n').length - 1;
      const most = longerFiles[path] ?? (isShipped(path) ? linesMax.shipped : linesMax.test);
      return lines > most ? [`${path}: ${lines} lines`] : [];
    });
    expect(long).toEqual([]);
  });

  it('exports by name', () => {
    // What a tool loads as its configuration is a default export by that tool's rule.
    const wrong = files
      .filter((path) => !path.endsWith('.config.ts'))
      .flatMap((path) =>
        statementsOf(path)
          .filter(({ type }) => /^ExportDefault|^ExportAllDeclaration$/.test(type))
          .map(({ type }) => `${path}: ${type === 'ExportAllDeclaration' ? 'export *' : 'export default'}`),
      );
    expect(wrong).toEqual([]);
  });
});
