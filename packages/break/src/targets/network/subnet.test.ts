import { describe, expect, it } from 'vitest';
import { chooseSubnet } from './subnet.ts';

const usual = 'default via 192.0.2.1 dev eth0\n192.0.2.0/24 dev eth0 scope link src 192.0.2.2\n';

describe('the addresses of a system', () => {
  it('lie in the range for tests of networks', () => {
    const subnet = chooseSubnet(usual, () => 0);
    expect([1, 255, 256, 1022].map((number) => subnet.address(number))).toEqual([
      '198.18.0.1',
      '198.18.0.255',
      '198.18.1.0',
      '198.18.3.254',
    ]);
    expect(() => subnet.address(1023)).toThrow('at most 1022 services and calls');
    expect(chooseSubnet(usual, () => 0.9999).address(1)).toBe('198.19.252.1');
  });

  it.each([
    ['198.18.2.7 dev sw1-0 scope link', '198.18.4.1'],
    ['198.18.0.0/21 dev tun0', '198.18.8.1'],
    ['198.18.0.0/16 dev tun0', '198.19.0.1'],
    ['198.18.4.0/22 via 10.0.0.1', '198.18.0.1'],
    ['0.0.0.0/0 via 10.0.0.1', '198.18.0.1'],
  ])('are none that a route leads to: %s', (route, first) => {
    expect(chooseSubnet(`${usual}${route}\n`, () => 0).address(1)).toBe(first);
  });

  it('go round when those behind are taken, and are refused when all are', () => {
    expect(chooseSubnet('198.19.252.0/22 dev a', () => 0.9999).address(1)).toBe('198.18.0.1');
    expect(() => chooseSubnet('198.18.0.0/15 dev a', () => 0)).toThrow('Every part of 198.18.0.0/15');
  });
});
