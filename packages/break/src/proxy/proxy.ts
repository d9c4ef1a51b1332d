import { parseAddress } from './address.ts';
import type { Proxy, ProxyOptions } from './proxy-types.ts';
import { TcpProxy } from './tcp-proxy.ts';

/**
 * Starts a TCP proxy whose network can be made bad with toxics.
 *
 * @throws ProxyError `PROXY_ADDRESS_INVALID`, `PROXY_ADDRESS_IN_USE`, `PROXY_ADDRESS_UNAVAILABLE`, `TOXIC_...`
 * @example
 * const redis = await proxy({ upstream: '127.0.0.1:6379', toxics: [{ type: 'latency', attributes: { latency: 200 } }] });
 * connectTo(redis.listen);
 * await redis.removeToxic('latency_downstream');
 * await redis.close();
 */
export async function proxy(options: ProxyOptions): Promise<Proxy> {
  parseAddress('upstream', options.upstream);
  parseAddress('listen', options.listen ?? '127.0.0.1:0');
  const made = new TcpProxy(options);
  for (const toxic of options.toxics ?? []) await made.addToxic(toxic);
  if (options.enabled ?? true) await made.enable();
  return made;
}
