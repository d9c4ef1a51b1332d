import type { LinkHandle } from '../fault.ts';

/** A toxic that a fault puts on links. */
export interface LinkToxic {
  readonly type: string;
  readonly stream: 'upstream' | 'downstream';
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The fraction of connections, or of requests, that it hits; 1 when left out. */
  readonly share?: number;
}

/** The toxics of a fault on its links: put on and taken away together. */
export interface LinkToxics {
  begin(): Promise<void>;
  end(): Promise<void>;
  /** Whether every link has all of them. */
  on(): boolean;
  /** How many requests they have hit, over all links. */
  requestsHit(): number;
}

/** Puts toxics on links under names that belong to the fault. */
export function linkToxics(
  faultId: string,
  links: readonly LinkHandle[],
  toxics: readonly LinkToxic[],
): LinkToxics {
  const named = toxics.map((toxic) => ({ ...toxic, name: `${faultId}-${toxic.type}-${toxic.stream}` }));
  return {
    async begin() {
      for (const link of links) {
        for (const { name, type, stream, attributes, share } of named) {
          await link.addToxic(name, type, stream, attributes, share);
        }
      }
    },
    async end() {
      await Promise.all(links.flatMap((link) => named.map(({ name }) => link.removeToxic(name))));
    },
    on: () => links.every((link) => named.every(({ name }) => link.toxics().includes(name))),
    requestsHit: () =>
      links.reduce((sum, link) => sum + named.reduce((own, { name }) => own + link.requestsHit(name), 0), 0),
  };
}
