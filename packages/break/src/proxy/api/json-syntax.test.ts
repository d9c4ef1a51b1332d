import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonNode, parseFirstJson } from './json-syntax.ts';

const parse = (text: string) => parseFirstJson(Buffer.from(text));

function toValue(node: JsonNode): unknown {
  if (node.kind === 'null') return null;
  if (node.kind === 'number') return Number(node.text);
  if (node.kind === 'array') return node.items.map(toValue);
  if (node.kind === 'object')
    return Object.fromEntries(node.members.map(([key, value]) => [key, toValue(value)]));
  return node.value;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('reading JSON', () => {
  it('reads what JSON.stringify wrote', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(toValue(parse(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses what JSON.parse refuses, but for what follows the first value', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('{}[]",:\\tfn019-+.eEu \n')), maxLength: 12 }),
        (text) => {
          const list = `[${text}]`;
          // The first value ends where a prefix is JSON; a list has one such prefix at most.
          const prefix = Array.from(list, (_, i) => list.slice(0, i + 1)).find(isJson);
          if (prefix === undefined) expect(() => parse(list)).toThrow();
          else expect(toValue(parse(list))).toEqual(JSON.parse(prefix));
        },
      ),
    );
  });

  it.each([
    ['', 'EOF'],
    [' \n', 'EOF'],
    ['{', 'unexpected EOF'],
    ['{"a', 'unexpected EOF'],
    ['xx', "invalid character 'x' looking for beginning of value"],
    ['{a', "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1', "invalid character '1' after object key"],
    ['{"a":1 "', "invalid character '\"' after object key:value pair"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['[1 2]', "invalid character '2' after array element"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['trUe', "invalid character 'U' in literal true (expecting 'u')"],
    ['"\n"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12g"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1e+x', "invalid character 'x' in exponent of numeric literal"],
    ["{'", "invalid character '\\'' looking for beginning of object key string"],
    ['\u0001', "invalid character '\\x01' looking for beginning of value"],
    ['é', "invalid character 'Ã' looking for beginning of value"],
  ])('says of %j: %s', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('reads the first value and leaves what follows', () => {
    expect(parse('{"a":1} and more')).toEqual({
      kind: 'object',
      members: [['a', { kind: 'number', text: '1' }]],
    });
  });

  it('bears ten thousand levels and refuses one more', () => {
    expect(parse('['.repeat(10_000) + ']'.repeat(10_000)).kind).toBe('array');
    expect(() => parse('['.repeat(10_001))).toThrow('exceeded max depth');
  });
});
