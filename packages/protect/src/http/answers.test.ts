/** What is read of answers beside their status. */
import { describe, expect, it } from 'vitest';
import { readProblem } from './problem.ts';
import { readRateLimitReset } from './rate-limit-fields.ts';

describe('the RateLimit field', () => {
  it.each([
    ['"default";r=0;t=30', 30_000],
    ['"default";t=30;r=0', 30_000],
    ['"minute";r=0;t=30, "day";r=0;t=3600;pk=:dQ==:', 3_600_000],
    ['"minute";r=0;t=30, "day";r=120;t=3600', 30_000],
    [String.raw`"a;r=1;t=9, \"b";r=0;t=2`, 2_000],
    ['"default";r=5;t=30', undefined],
    ['"default";r=0', undefined],
    ['limit=10, remaining=0, reset=30', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j asks for a wait of %j', (field, waitMs) => {
    expect(readRateLimitReset(field)).toBe(waitMs);
  });
});

describe('problem details', () => {
  const respond = (body: string, type = 'application/problem+json; charset=utf-8') =>
    new Response(body, { status: 409, headers: { 'content-type': type } });

  it('are read with what the other side added', async () => {
    const problem = { type: 'urn:shop:sold-out', title: 'Sold out', status: 409, sku: 7 };
    expect(await readProblem(respond(JSON.stringify(problem)))).toEqual(problem);
  });

  it('have a type, and none of what is of the wrong one', async () => {
    const read = await readProblem(respond('{ "title": 7, "status": "409", "detail": "No." }'));
    expect(read).toEqual({ type: 'about:blank', detail: 'No.' });
  });

  it.each(['[]', 'null', '7', '{'])('are none in %j', async (body) => {
    expect(await readProblem(respond(body))).toBeUndefined();
  });

  it('are none in another type of body, which is left alone', async () => {
    const response = respond('{ "type": "urn:other" }', 'application/json');
    expect(await readProblem(response)).toBeUndefined();
    expect(response.bodyUsed).toBe(false);
  });
});
