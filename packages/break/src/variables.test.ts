import { assert, dictionary, property, string, stringMatching } from 'fast-check';
import { expect, test } from 'vitest';
import { fillIn, template, VariableError } from './variables.ts';

test('names are filled in wherever they stand', () => {
  expect(fillIn('the URL', '${gateway}/x?by=${gateway}', { gateway: 'http://a' })).toBe(
    'http://a/x?by=http://a',
  );
});

test('a text without names stays as it is, and a value is never read again', () => {
  const name = stringMatching(/^[a-z]{1,5}$/);
  assert(
    property(string(), dictionary(name, string()), (text, variables) => {
      const plain = text.replaceAll('${', '');
      expect(fillIn('it', plain, variables)).toBe(plain);
      for (const [key, value] of Object.entries(variables)) {
        expect(fillIn('it', `<\${${key}}>`, variables)).toBe(`<${value}>`);
      }
    }),
  );
});

test('a name without value is refused, with the names that there are', () => {
  expect(() => fillIn('the URL', '${gatway}', { gateway: 'x' })).toThrow(
    new VariableError('`${gatway}` in the URL stands for nothing; there are `gateway`.'),
  );
  expect(() => fillIn('the URL', '${toString}', {})).toThrow(VariableError);
});

test('what is given later is filled in each time', () => {
  const order = template('the body', '${shop} ${n}', { shop: 'books' }, ['n']);
  expect(order.constant).toBe(false);
  expect([order.render({ n: '1' }), order.render({ n: '2' })]).toEqual(['books 1', 'books 2']);
});
