import type { ConnectionToxicKind } from '../toxic.ts';

/**
 * Leaves a connection open on one side alone, as a machine does that loses power: the other side is closed, this one
 * hears nothing of it, and what it sends vanishes. With `downstream` the client's side stays open, with `upstream` the
 * server's. When the toxic is removed, the side that stayed is reset, as by a machine that came back.
 */
export const halfOpen: ConnectionToxicKind = {
  type: 'half_open',
  structName: 'HalfOpenToxic',
  acts: 'on-connection',
  summary:
    "Leaves the client's side (downstream) or the server's side (upstream) open, and closes the other.",
  attributes: [],
  effect: 'half-open',
};
