import type { Random } from '@seaworthy/protect';
import { NetworkRightError } from './network-rights.ts';

/** Addresses for the services and links of one system. */
export interface Subnet {
  /** The address of that number, counted from 1. @throws NetworkRightError `NETWORK_INPUT` when there are not so many */
  address(number: number): string;
}

/** 198.18.0.0/15 is set aside for tests of networks (RFC 2544); it is cut into 128 parts. */
const base = (198 << 24) | (18 << 16);
const partBits = 10;
const partCount = 128;
const lastNumber = 2 ** partBits - 2;

/**
 * Chooses addresses that no route of this machine leads to.
 *
 * @param routes - what `ip -o -4 route show table all` says
 * @throws NetworkRightError `NETWORK_FAILED` when all are in use
 */
export function chooseSubnet(routes: string, random: Random): Subnet {
  const taken = new Set(
    [...routes.matchAll(/\b(\d+)\.(\d+)\.(\d+)\.\d+(?:\/(\d+))?/g)].flatMap(([, a, b, c, bits = '32']) => {
      const network = (Number(a) << 24) | (Number(b) << 16) | (Number(c) << 8);
      // A route for more than the whole range, such as the default one, takes nothing of it.
      if ((network & ~0x1_ffff) !== base || Number(bits) < 15) return [];
      const first = ((network - base) >>> partBits) & (partCount - 1);
      const parts = Math.max(1, 2 ** (32 - partBits - Number(bits)));
      return Array.from({ length: parts }, (_, index) => first + index);
    }),
  );
  const start = Math.floor(random() * partCount);
  for (let tries = 0; tries < partCount; tries += 1) {
    const part = (start + tries) % partCount;
    if (!taken.has(part)) return subnet((base + (part << partBits)) >>> 0);
  }
  throw new NetworkRightError(
    'NETWORK_FAILED',
    'Every part of 198.18.0.0/15, from which services get their addresses, has a route on this machine already. End the runs that hold them; `ip route` shows which.',
  );
}

function subnet(first: number): Subnet {
  return {
    address(number) {
      if (number >= 1 && number <= lastNumber) return show(first + number);
      throw new NetworkRightError(
        'NETWORK_INPUT',
        `A system in namespaces has at most ${lastNumber} services and calls together, got ${number}.`,
      );
    },
  };
}

function show(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}
