import type { SystemDefinition } from '../../experiment/model.ts';
import { openNamespaces } from './namespaces.ts';
import type { NetworkParts, SystemNetwork } from './system-network.ts';

const loopback = '127.0.0.1';

/**
 * Makes the network that the system file asks for.
 *
 * @throws NetworkRightError when that takes rights or programs that are missing; nothing is left then
 */
export async function openNetwork(definition: SystemDefinition, parts: NetworkParts): Promise<SystemNetwork> {
  return definition.network === 'namespaces' ? openNamespaces(definition, parts) : loopbackNetwork;
}

/** All services on the machine's own loopback. */
const loopbackNetwork: SystemNetwork = Object.freeze<SystemNetwork>({
  kind: 'loopback',
  place: () => ({ host: loopback, enter: [], openPort: async () => {} }),
  link: () => ({ host: loopback, name: undefined, network: undefined }),
  shareLabPort: async () => {},
  close: async () => {},
});
