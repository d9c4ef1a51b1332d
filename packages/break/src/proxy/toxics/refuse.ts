import type { ConnectionToxicKind } from '../toxic.ts';

/**
 * Refuses new connections and leaves live ones alone. With a toxicity of 1 the port is closed, so that clients see
 * ECONNREFUSED; below it some connections are accepted and reset, since a port is open for all or for none.
 */
export const refuse: ConnectionToxicKind = {
  type: 'refuse',
  structName: 'RefuseToxic',
  acts: 'on-connection',
  summary: 'Refuses new connections; live ones go on.',
  attributes: [],
  effect: 'refuse',
};
