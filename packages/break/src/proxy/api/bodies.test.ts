import { describe, expect, it } from 'vitest';
import { readPopulateBody, readProxyBody, readToxicBody } from './bodies.ts';
import { ListenAddressError, resolveListenAddress } from './listen-address.ts';
import { parseFirstJson } from './json-syntax.ts';
import { jsonToxic } from './json-write.ts';

const json = (text: string) => parseFirstJson(Buffer.from(text));
const toxic = (text: string) => readToxicBody(json(text), () => false);

describe('bodies', () => {
  it('make one object of an attribute list that comes twice, and leave out a null', () => {
    const body = '{"type":"latency","attributes":{"latency":5},"attributes":{"JITTER":6},"attributes":null}';
    expect(toxic(body).attributes).toEqual({ latency: 5, jitter: 6 });
  });

  it.each([
    [
      '{"type":"latency","stream":5}',
      'json: cannot unmarshal number into Go struct field ToxicWrapper.stream of type string',
    ],
    [
      '{"type":"latency","toxicity":1e39}',
      'json: cannot unmarshal number 1e39 into Go struct field ToxicWrapper.toxicity of type float32',
    ],
    [
      '{"type":"latency","attributes":[]}',
      'json: cannot unmarshal array into Go struct field ToxicWrapper.attributes of type toxics.NoopToxic',
    ],
    [
      '{"type":"latency","attributes":{"latency":1e3}}',
      'json: cannot unmarshal number 1e3 into Go struct field LatencyToxic.attributes.latency of type int64',
    ],
    [
      '{"type":"slicer","attributes":{"average_size":99999999999999999999}}',
      'json: cannot unmarshal number 99999999999999999999 into Go struct field SlicerToxic.attributes.average_size of type int',
    ],
    ['[]', 'json: cannot unmarshal array into Go value of type toxics.ToxicWrapper'],
  ])('are refused in the words of Toxiproxy: %s', (body, message) => {
    expect(() => toxic(body)).toThrow(message);
  });

  it('name the proxy that lacks a field, by its place', () => {
    expect(() => readPopulateBody(json('[{"name":"a","upstream":"b"},{"name":"a"}]'))).toThrow(
      'missing required field: upstream at proxy 2',
    );
    expect(() => readProxyBody(json('{"enabled":"yes"}'))).toThrow(
      'cannot unmarshal string into Go struct field Proxy.enabled of type bool',
    );
  });

  it.each([
    ['0.3', '0.3'],
    ['0.1234567891', '0.12345679'],
    ['123456789', '123456790'],
    ['1e21', '1e+21'],
    ['1e-7', '1e-7'],
    ['-0', '-0'],
    ['7', '7'],
  ])('keep a toxicity of %s as 32 bits, and write it as %s', (given, written) => {
    expect(jsonToxic(toxic(`{"type":"noop","toxicity":${given}}`))).toContain(`"toxicity":${written}}`);
  });

  it('escape what means something in HTML, and what is half a letter', () => {
    const written = jsonToxic(toxic('{"type":"noop","name":"<&>\\u2028\\ud800"}'));
    expect(written).toContain('"name":"\\u003c\\u0026\\u003e\\u2028\ufffd"');
  });
});

describe('listen addresses', () => {
  it.each([
    ['', { host: '127.0.0.1', port: 0, text: ':0' }],
    [':80', { host: '', port: 80, text: ':80' }],
    ['[::1]:80', { host: '::1', port: 80, text: '[::1]:80' }],
    ['127.0.0.1:', { host: '127.0.0.1', port: 0, text: '127.0.0.1:0' }],
  ])('are read: %j', async (text, address) => {
    expect(await resolveListenAddress(text)).toEqual(address);
  });

  it.each([
    ['foo', 'address foo: missing port in address'],
    ['a:b:c', 'address a:b:c: too many colons in address'],
    ['[::1', "address [::1: missing ']' in address"],
    ['[::1]', 'address [::1]: missing port in address'],
    ['1.2.3.4:99999', 'address 99999: invalid port'],
    ['1.2.3.4:-1', 'address -1: invalid port'],
    ['1.2.3.4:abc', 'lookup tcp/abc: unknown port'],
    ['256.1.1.1:80', 'lookup 256.1.1.1: no such host'],
  ])('are refused in the words of Toxiproxy: %s', async (text, message) => {
    await expect(resolveListenAddress(text)).rejects.toThrow(ListenAddressError);
    await expect(resolveListenAddress(text)).rejects.toThrow(message);
  });
});
