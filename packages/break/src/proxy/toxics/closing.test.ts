import { describe, expect, it } from 'vitest';
import { stageBench } from '../testing/stage-bench.ts';
import { drop } from './drop.ts';
import { limitData } from './limit-data.ts';
import { resetPeer } from './reset-peer.ts';
import { slowClose } from './slow-close.ts';
import { timeout } from './timeout.ts';

const whatCame = (bench: ReturnType<typeof stageBench>) => bench.out.map(({ at, what }) => `${at} ${what}`);

describe('timeout', () => {
  it('closes an idle connection, and starts anew with each chunk, which it drops', () => {
    const bench = stageBench(timeout, { timeout: 300 });
    bench.time.advance(200);
    bench.push('a');
    bench.time.advance(299);
    expect(bench.out).toEqual([]);
    bench.time.advance(1);
    expect(whatCame(bench)).toEqual(['500 <close>']);
  });

  it('never closes at 0, and says that the stream has a hole', () => {
    const bench = stageBench(timeout);
    bench.push('a');
    bench.time.advance(1e6);
    expect(bench.out).toEqual([]);
    expect(bench.stage.spoiled).toBe(true);
  });
});

describe('reset_peer', () => {
  it('waits for data, then resets after its time', () => {
    const bench = stageBench(resetPeer, { timeout: 100 });
    bench.time.advance(500);
    bench.push('a');
    bench.time.advance(100);
    expect(whatCame(bench)).toEqual(['600 <reset>']);
  });

  it('leaves no hole when it is removed in time', () => {
    const bench = stageBench(resetPeer, { timeout: 100 });
    bench.push('a');
    bench.stage.release();
    bench.time.advance(500);
    expect(whatCame(bench)).toEqual(['0 a']);
  });
});

describe('slow_close', () => {
  it('delays the end alone', () => {
    const bench = stageBench(slowClose, { delay: 500 });
    bench.push('a');
    bench.stage.end('end');
    bench.time.advance(500);
    expect(whatCame(bench)).toEqual(['0 a', '500 <end>']);
  });
});

describe('limit_data', () => {
  it('closes after the last byte allowed', () => {
    const bench = stageBench(limitData, { bytes: 5 });
    bench.push('abc');
    bench.push('defgh');
    expect(whatCame(bench)).toEqual(['0 abc', '0 de', '0 <close>']);
  });

  it('goes on counting after an update', () => {
    const bench = stageBench(limitData, { bytes: 5 });
    bench.push('abcd');
    bench.update({ bytes: 10 });
    bench.push('efghij');
    expect(whatCame(bench)).toEqual(['0 abcd', '0 efghij', '0 <close>']);
  });

  it('closes on the first byte at 0', () => {
    const bench = stageBench(limitData);
    bench.push('a');
    expect(whatCame(bench)).toEqual(['0 <close>']);
  });
});

describe('drop', () => {
  it('loses data and the end, closes nothing, and knows that the stream has a hole', () => {
    const bench = stageBench(drop);
    expect(bench.stage.spoiled).toBe(false);
    bench.push('a');
    bench.stage.end('end');
    bench.time.advance(1e6);
    expect(bench.out).toEqual([]);
    expect(bench.stage.spoiled).toBe(true);
  });

  it('lets the server keep a connection whose client has left for 10 s at most', () => {
    const bench = stageBench(drop, {}, { stream: 'upstream' });
    bench.stage.end('end');
    bench.time.advance(9_999);
    expect(bench.out).toEqual([]);
    bench.time.advance(1);
    expect(whatCame(bench)).toEqual(['10000 <close>']);
  });
});
