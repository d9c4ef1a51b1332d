import type { Comparison } from '../../model.ts';
import { readQuantity } from '../shapes/quantity.ts';
import { type Shape, unlike } from '../shapes/shape.ts';
import { shorten, type SourceNode } from '../source/source.ts';

/** The most that a duration may be: `< 300ms`. */
export function upperBound(): Shape<number> {
  const pattern = '^\\s*(<=?|≤|below|under|at most)?\\s*\\d+(\\.\\d+)?\\s*(ms|s|m|h)\\s*$';
  return {
    schema: { type: 'string', pattern, examples: ['< 300ms'] },
    read(node, reading) {
      if (node.kind === 'number' && reading.source.style === 'code' && node.value > 0) return node.value;
      const raw = node.kind === 'text' ? node.value : node.kind === 'number' ? node.raw : undefined;
      if (raw === undefined)
        return reading.wrong(node.place, `${unlike(node, 'an upper bound', reading)} Write \`< 300ms\`.`);
      const [, sign = '', amount = ''] = /^\s*([^\d.+-]*)(.*)$/s.exec(raw) ?? [];
      if (!['', '<', '<=', '≤', 'below', 'under', 'at most'].includes(sign.trim())) {
        return reading.wrong(
          node.place,
          `\`p99\` has an upper bound. Write \`< ${shorten(amount, 20) || '300ms'}\`.`,
        );
      }
      const result = readQuantity('duration', amount, `p99: ${shorten(raw, 40)}`);
      if ('problem' in result) return reading.wrong(node.place, result.problem);
      return result.value > 0
        ? result.value
        : reading.wrong(node.place, 'Nothing answers in no time. Write `< 300ms`.');
    },
  };
}

/** What a number has to be: `1`, `'>= 1'`. */
export function comparison(): Shape<Comparison> {
  const operators: Readonly<Record<string, Comparison['operator']>> = {
    '': '=',
    '=': '=',
    '==': '=',
    '<': '<',
    '<=': '<=',
    '>=': '>=',
    '>': '>',
  };
  return {
    schema: {
      anyOf: [
        { type: 'number' },
        { type: 'string', pattern: '^\\s*(<=?|>=?|==?)?\\s*-?\\d+(\\.\\d+)?\\s*$' },
      ],
      examples: [0, '>= 1'],
    },
    read(node: SourceNode, reading) {
      if (node.kind === 'number' && Number.isFinite(node.value)) return { operator: '=', value: node.value };
      const parts = node.kind === 'text' ? /^\s*([<>=]{0,2})\s*(-?\d+(?:\.\d+)?)\s*$/.exec(node.value) : null;
      const operator = parts === null ? undefined : operators[parts[1] ?? ''];
      if (operator !== undefined) return { operator, value: Number(parts?.[2]) };
      return reading.wrong(
        node.place,
        `${unlike(node, 'a number', reading)} Write \`1\`, or a comparison such as \`'>= 1'\`.`,
      );
    },
  };
}
