import { describe, expect, it } from 'vitest';
import { requireNetworkRights } from './network-rights.ts';

describe('the rights that a network namespace takes', () => {
  it('are there for root', () => {
    expect(() => requireNetworkRights('Name:\tnode\nCapEff:\t000001ffffffffff\n')).not.toThrow();
  });

  it.each([
    ['CapEff:\t0000000000000000', 'CAP_NET_ADMIN and CAP_SYS_ADMIN'],
    ['CapEff:\t0000000000200000', 'without CAP_NET_ADMIN.'],
    ['CapEff:\t0000000000001000', 'without CAP_SYS_ADMIN.'],
    ['', 'CAP_NET_ADMIN and CAP_SYS_ADMIN'],
  ])('are named when they are missing, with what to use instead: %j', (status, named) => {
    expect(() => requireNetworkRights(status)).toThrow(named);
    expect(() => requireNetworkRights(status)).toThrow('put a proxy on the link');
  });
});
