/**
 * The goods of the shop: a chandlery, everything for a small boat.
 */

/** A product; `tags` are what recommendations compare. */
export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly priceCents: number;
  readonly description: string;
  readonly tags: readonly string[];
}

export const products: readonly Product[] = [
  {
    sku: 'manila-rope',
    name: 'Manila rope, 20 m',
    priceCents: 3400,
    description: 'Three strands, 12 mm, soft in the hand and kind to varnish.',
    tags: ['deck', 'mooring', 'safety'],
  },
  {
    sku: 'hand-compass',
    name: 'Hand bearing compass',
    priceCents: 8900,
    description: 'Damped and lit for an hour after a minute in the sun.',
    tags: ['navigation', 'night'],
  },
  {
    sku: 'storm-lantern',
    name: 'Storm lantern',
    priceCents: 4200,
    description: 'Burns twelve hours on a filling, and a squall does not mind it.',
    tags: ['night', 'deck', 'comfort'],
  },
  {
    sku: 'oilskin-jacket',
    name: 'Oilskin jacket',
    priceCents: 15900,
    description: 'Waxed cotton, taped seams, a collar that closes up to the nose.',
    tags: ['clothing', 'weather'],
  },
  {
    sku: 'brass-bell',
    name: 'Brass bell',
    priceCents: 6400,
    description: 'Heard a mile away in fog; engraved with the name of your boat.',
    tags: ['deck', 'safety', 'weather'],
  },
  {
    sku: 'signal-flags',
    name: 'Signal flags, set of 40',
    priceCents: 7800,
    description: 'Sewn, not printed, in a roll of canvas with a pocket for each.',
    tags: ['safety', 'navigation', 'deck'],
  },
  {
    sku: 'life-ring',
    name: 'Life ring',
    priceCents: 5600,
    description: 'With 30 m of floating line, and a light that wakes in water.',
    tags: ['safety', 'night'],
  },
  {
    sku: 'vacuum-flask',
    name: 'Vacuum flask',
    priceCents: 2900,
    description: 'Tea is still hot at the end of the middle watch.',
    tags: ['comfort', 'galley'],
  },
  {
    sku: 'coastal-charts',
    name: 'Coastal charts',
    priceCents: 3900,
    description: 'Eight sheets on paper that can be wiped; corrected to this month.',
    tags: ['navigation', 'cabin'],
  },
  {
    sku: 'rigging-knife',
    name: 'Rigging knife',
    priceCents: 4800,
    description: 'Blade, marlinspike and shackle key on one lanyard.',
    tags: ['deck', 'mooring'],
  },
  {
    sku: 'wool-jersey',
    name: 'Wool jersey',
    priceCents: 9800,
    description: 'Knitted tight, warm when wet, with a pattern of one harbour.',
    tags: ['clothing', 'comfort', 'weather'],
  },
  {
    sku: 'log-book',
    name: 'Log book',
    priceCents: 1900,
    description: 'Two hundred pages, thread sewn, that lie flat on a chart table.',
    tags: ['cabin', 'navigation'],
  },
];
