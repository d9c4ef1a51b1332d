/** One attempt of a dispatched request, told by hand what undici would tell it. */
import { describe, expect, it } from 'vitest';
import { DispatchAttempt } from './dispatch-attempt.ts';
import { CallController } from './dispatch-controller.ts';
import { readDispatchHeaders } from './dispatch-headers.ts';
import type { DispatchHandler } from './undici-types.ts';

/** An attempt, what its caller hears, and what is done to its connection. */
function setUp() {
  const heard: unknown[] = [];
  const done: unknown[] = [];
  const connection = {
    aborted: false,
    paused: false,
    reason: null,
    abort: (reason: Error) => void done.push(['abort', reason.message]),
    pause: () => void done.push('pause'),
    resume: () => void done.push('resume'),
  };
  const handler: DispatchHandler = {
    onResponseStart: (_controller, status) => void heard.push(status),
    onResponseData: (_controller, chunk) => void heard.push(new TextDecoder().decode(chunk)),
    onResponseEnd: () => void heard.push('end'),
    onResponseError: (_controller, error) => void heard.push(error.message),
  };
  const controller = new CallController((reason) => void done.push(['give up', reason.message]));
  const attempt = new DispatchAttempt({
    handler,
    controller,
    started: {},
    answered: ({ status }) => void heard.push(`answered ${status}`),
    failed: (error) => void heard.push(`failed: ${(error as Error).message}`),
  });
  return { attempt, connection, controller, heard, done };
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('an attempt', () => {
  it('holds its answer back until it is handed over, with all that came meanwhile', () => {
    const { attempt, connection, heard, done } = setUp();
    attempt.onRequestStart(connection, undefined);
    attempt.onResponseStart(connection, 103, {});
    attempt.onResponseStart(connection, 200, {});
    attempt.onResponseData(connection, bytes('a'));
    attempt.onResponseEnd(connection, {});
    expect([heard, done]).toEqual([[103, 'answered 200'], ['pause']]);
    attempt.handOver();
    expect(heard).toEqual([103, 'answered 200', 200, 'a', 'end']);
    expect(done).toEqual(['pause', 'resume']);
  });

  it('hands over that its connection was lost meanwhile', () => {
    const { attempt, connection, heard } = setUp();
    attempt.onRequestStart(connection, undefined);
    attempt.onResponseStart(connection, 200, {});
    attempt.onResponseError(connection, new Error('lost'));
    attempt.handOver();
    expect(heard).toEqual(['answered 200', 200, 'lost']);
  });

  it('does not go on while its caller wants it paused', () => {
    const { attempt, connection, controller, done } = setUp();
    attempt.onRequestStart(connection, undefined);
    attempt.onResponseStart(connection, 200, {});
    controller.pause();
    attempt.handOver();
    expect(done).toEqual(['pause']);
    controller.resume();
    expect(done).toEqual(['pause', 'resume']);
  });

  it('whose answer nobody wants is read to its end, but not for long', () => {
    const { attempt, connection, heard, done } = setUp();
    attempt.onRequestStart(connection, undefined);
    attempt.onResponseStart(connection, 503, {});
    attempt.body.cancel();
    attempt.onResponseData(connection, new Uint8Array(65_536));
    expect(done).toEqual(['pause', 'resume']);
    attempt.onResponseData(connection, new Uint8Array(1));
    expect(done.at(-1)).toEqual(['abort', 'This answer is not wanted.']);
    attempt.onResponseError(connection, new Error('aborted'));
    expect(heard).toEqual(['answered 503']);
  });

  it('that was given up before it had a connection ends as soon as it gets one', () => {
    const { attempt, connection, heard, done } = setUp();
    attempt.abort(new Error('too late'));
    expect(heard).toEqual(['failed: too late']);
    attempt.onRequestStart(connection, undefined);
    expect(done).toEqual([['abort', 'too late']]);
  });

  it('is no longer ended by a lost race or a time-out once it was handed over', () => {
    const { attempt, connection, controller, done } = setUp();
    attempt.onRequestStart(connection, undefined);
    attempt.onResponseStart(connection, 200, {});
    attempt.handOver();
    attempt.abort(new Error('lost'));
    expect(done).toEqual(['pause', 'resume']);
    controller.abort(new Error('enough'));
    controller.abort(new Error('again'));
    expect(done).toEqual(['pause', 'resume', ['abort', 'enough']]);
    expect([controller.aborted, controller.reason?.message]).toEqual([true, 'enough']);
  });

  it('gives the whole call up when the caller does before there is an answer', () => {
    const { controller, done } = setUp();
    controller.abort(new Error('enough'));
    expect(done).toEqual([['give up', 'enough']]);
  });
});

describe('header fields', () => {
  it.each([
    [
      { 'X-A': '1', b: ['2', '3'] },
      { 'x-a': '1', b: ['2', '3'] },
    ],
    [['X-A', '1', 'b', '2', 'B', '3'], { 'x-a': '1', b: ['2', '3'] }],
    [new Map([['X-A', '1']]), { 'x-a': '1' }],
    [new Headers({ 'X-A': '1' }), { 'x-a': '1' }],
    [undefined, {}],
    [null, {}],
  ])('of the shape %j are read', (headers, read) => {
    expect({ ...readDispatchHeaders(headers) }).toEqual(read);
  });
});
