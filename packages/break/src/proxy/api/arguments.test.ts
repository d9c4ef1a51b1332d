import { describe, expect, it } from 'vitest';
import { readProxyArguments } from './arguments.ts';

describe('the options of the proxy server', () => {
  it('are read in every spelling', () => {
    const args = [
      '-host',
      '0.0.0.0',
      '--port=8475',
      '-config',
      'a b.json',
      '-seed=-7',
      '-proxy-metrics',
      '--runtime-metrics=false',
    ];
    expect(readProxyArguments(args)).toEqual({
      options: {
        host: '0.0.0.0',
        port: 8475,
        config: 'a b.json',
        seed: -7,
        proxyMetrics: true,
        runtimeMetrics: false,
      },
      version: false,
    });
    expect(readProxyArguments(['-version']).version).toBe(true);
    expect(readProxyArguments([]).options).toEqual({ proxyMetrics: false, runtimeMetrics: false });
  });

  it.each([
    [['-nosuch'], '"-nosuch" is no option of the proxy; expected one of -host, -port,'],
    [['word'], '"word" is no option of the proxy'],
    [['-port'], '"-port" is an option without its value; expected -port VALUE.'],
    [['-port', '70000'], '"-port 70000" is no port; expected a whole number from 0 to 65535.'],
    [['-seed', '1.5'], '"-seed 1.5" is no seed; expected a whole number.'],
    [['-version=maybe'], '"-version=maybe" is no switch; expected true or false.'],
  ])('are refused when they cannot be meant: %j', (args, message) => {
    expect(() => readProxyArguments(args)).toThrow(message);
  });
});
