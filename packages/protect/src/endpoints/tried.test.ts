import { describe, expect, it } from 'vitest';
import type { Endpoint } from './endpoint.ts';
import { Tried } from './tried.ts';

const [a, b, c] = ['a', 'b', 'c'].map((host) => ({ host })) as unknown as [Endpoint, Endpoint, Endpoint];

function listed(tried: Tried, call: object): Endpoint[] {
  const values: Endpoint[] = [];
  for (let note = tried.of(call); note !== undefined; note = note.previous) values.push(note.value);
  return values;
}

describe('what a call has tried', () => {
  it('is told newest first, and is no other call’s', () => {
    const tried = new Tried();
    const [call, other] = [{}, {}];
    for (const endpoint of [a, b]) tried.add(call, endpoint);
    tried.add(other, c);
    expect(listed(tried, call)).toEqual([b, a]);
    expect(listed(tried, other)).toEqual([c]);
  });

  it('loses what is taken back, wherever it stands, once', () => {
    const call = {};
    for (const taken of [0, 1, 2]) {
      const tried = new Tried();
      const notes = [a, b, c].map((endpoint) => tried.add(call, endpoint));
      tried.remove(call, notes[taken]!);
      tried.remove(call, notes[taken]!);
      expect(listed(tried, call)).toEqual([c, b, a].filter((endpoint) => endpoint !== [a, b, c][taken]));
    }
  });
});
