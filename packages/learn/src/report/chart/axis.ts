/** Axes, panel titles and keys: as little ink as leaves the figures readable. */

import { showOffset } from '../../text/figures.ts';
import { html, type Markup } from '../../text/html.ts';
import type { Frame, Panel } from './frame.ts';
import { coordinate } from './path.ts';
import { ticksWithin } from './scale.ts';

/** One entry of a panel's key: how a line looks, and what it is. */
export interface KeyEntry {
  readonly look: string;
  readonly words: string;
}

/** The height of a panel's title with its key. */
export const titleHeight = 26;

/** A panel's title, and beside it the key of its lines. */
export function panelTitle(frame: Frame, top: number, title: string, key: readonly KeyEntry[]): Markup {
  const y = top + 15;
  // Wide fonts need most; a key that is a little too far apart is better than one that overlaps.
  const letter = 7;
  // The narrow picture has no room for the key beside a long title, so the key stands right, in order from the edge.
  const widths = key.map(({ words }) => 22 + words.length * letter + 14);
  const starts = widths.map(
    (_, index) => frame.right - widths.slice(index).reduce((sum, one) => sum + one, -14),
  );
  return html`<text class="panel-title" x="${frame.size === 'wide' ? frame.left : 0}" y="${y}">${title}</text>${key.map(
    ({ look, words }, index) => {
      const x = starts[index] ?? frame.left;
      return html`<path class="${look}" d="M${coordinate(x)} ${y - 4}h16"/><text class="key" x="${coordinate(x + 22)}" y="${y}">${words}</text>`;
    },
  )}`;
}

/** A level line across the plot, with its value at the left. */
export function level(frame: Frame, y: number, words: string, look = 'grid'): Markup {
  return html`<path class="${look}" d="M${frame.left} ${coordinate(y)}H${frame.right}"/><text class="tick" text-anchor="end" x="${frame.left - 8}" y="${coordinate(y + 4)}">${words}</text>`;
}

/** The clock of the experiment along the bottom. */
export function timeAxis(frame: Frame, top: number): Panel {
  const seconds: [number, number] = [
    (frame.span.from - frame.zero) / 1000,
    (frame.span.to - frame.zero) / 1000,
  ];
  const count = frame.size === 'wide' ? 12 : 5;
  const ticks = ticksWithin(seconds, count).map((second) => {
    const x = frame.x(frame.zero + second * 1000);
    // Words at the very edge would be cut off.
    const anchor = x > frame.right - 20 ? 'end' : 'middle';
    return html`<path class="axis" d="M${coordinate(x)} ${top}v4"/><text class="tick" text-anchor="${anchor}" x="${coordinate(Math.min(x, frame.right))}" y="${top + 17}">${tickWords(second)}</text>`;
  });
  return {
    markup: html`<path class="axis" d="M${frame.left} ${top}H${frame.right}"/>${ticks}`,
    height: 22,
  };
}

function tickWords(second: number): string {
  return showOffset(second * 1000)
    .replace('.0 s', ' s')
    .replace('+0 s', '0 s')
    .replace('\u22120 s', '0 s');
}
