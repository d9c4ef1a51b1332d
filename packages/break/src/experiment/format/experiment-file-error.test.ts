import { describe, expect, test } from 'vitest';
import { fileError } from './experiment-file-error.ts';
import type { Source } from './source/source.ts';

const lineOf = (text: string, offset: number, length: number): string[] => {
  const source: Source = { file: '/lab/a.yaml', shown: 'a.yaml', style: 'file', text };
  return fileError(source, [{ place: { path: 'a', offset, length }, message: 'No.' }]).message.split('\n');
};

describe('The line that an error shows', () => {
  test('is whole when it fits', () => {
    const line = `key: ${'x'.repeat(90)} end`;
    expect(lineOf(`${line}\n`, 96, 3)).toEqual([
      'a.yaml:1:97: No.',
      '',
      `  1 | ${line}`,
      `    | ${' '.repeat(96)}^^^`,
    ]);
  });

  test('is cut on both sides around the mistake when it is long', () => {
    const [head, , shown = '', carets = ''] = lineOf(`${'x'.repeat(500)}HERE${'y'.repeat(500)}\n`, 500, 4);
    expect(head).toBe('a.yaml:1:501: No.');
    expect(shown.length).toBeLessThan(130);
    expect(shown.startsWith('  1 | ...x')).toBe(true);
    expect(shown.endsWith('y...')).toBe(true);
    expect(shown.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('HERE');
  });

  test('keeps its tabs, so that the caret stands below the mistake', () => {
    expect(lineOf('a:\tb\tHERE', 5, 4)).toEqual([
      'a.yaml:1:6: No.',
      '',
      '  1 | a:\tb\tHERE',
      '    |   \t \t^^^^',
    ]);
  });

  test('has carets on one line only, also with line ends of Windows', () => {
    expect(lineOf('a: 1\r\nb: |\r\n  c\r\n', 6, 12).slice(2)).toEqual(['  2 | b: |', '    | ^^^^']);
  });

  test('is left out where there is nothing to show', () => {
    expect(lineOf('', 0, 1)).toEqual(['a.yaml:1:1: No.']);
  });
});

describe('Several mistakes', () => {
  test('stand in the order of the file', () => {
    const source: Source = {
      file: '/lab/a.yaml',
      shown: 'a.yaml',
      style: 'file',
      text: 'a: 1\nb: 2\nc: 3\n',
    };
    const at = (offset: number, message: string) => ({ place: { path: 'x', offset, length: 1 }, message });
    const error = fileError(source, [at(13, 'third'), at(3, 'first'), at(8, 'second')]);
    expect(error).toMatchObject({ line: 1, column: 4, file: '/lab/a.yaml', code: 'FILE_INVALID' });
    expect(error.problems.map(({ line, message }) => [line, message])).toEqual([
      [1, 'first'],
      [2, 'second'],
      [3, 'third'],
    ]);
  });
});
