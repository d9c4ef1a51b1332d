import type { Comparison } from '../experiment/model.ts';

/** Whether a number is as a comparison wants it. */
export function compares(value: number, { operator, value: wanted }: Comparison): boolean {
  if (operator === '<') return value < wanted;
  if (operator === '<=') return value <= wanted;
  if (operator === '=') return value === wanted;
  return operator === '>=' ? value >= wanted : value > wanted;
}
