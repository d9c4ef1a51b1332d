import { describe, expect, it } from 'vitest';
import { typeKeys } from './keyboard.ts';

describe('keys', () => {
  it('make a note of a line, and begin the next one', () => {
    expect(typeKeys('the page is s', 'low\rand')).toEqual({
      text: 'and',
      meanings: [{ note: 'the page is slow' }],
    });
  });

  it('make no note of an empty line', () => {
    expect(typeKeys('  ', '\r\n')).toEqual({ text: '', meanings: [] });
  });

  it('are taken back by backspace, a whole character at a time, and all of them by escape', () => {
    expect(typeKeys('so 👍', '\u007f').text).toBe('so ');
    expect(typeKeys('so', '\u001b').text).toBe('');
  });

  it('that move a cursor mean nothing', () => {
    expect(typeKeys('note', '\u001b[A\u001b[1;5C\u001bOP')).toEqual({ text: 'note', meanings: [] });
  });

  it('send what the terminal would have sent', () => {
    expect(typeKeys('', '\u0003\u001a\u001c').meanings).toEqual(['interrupt', 'suspend', 'quit']);
  });

  it('beyond the longest note are left out', () => {
    expect(typeKeys('', 'x'.repeat(2_000)).text).toHaveLength(500);
  });
});
