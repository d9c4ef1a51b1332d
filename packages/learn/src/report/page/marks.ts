/** Small pieces that many parts of the page share. */

import { html, type Markup, type Slot } from '../../text/html.ts';
import type { VerdictWords } from '../verdict-words.ts';

/** A sign and its word, such as a tick and "held". */
export function mark({ tone, sign, word }: VerdictWords): Markup {
  return html`<span class="mark tone-${tone}"><span class="sign" aria-hidden="true">${sign}</span>${word}</span>`;
}

/** A column of a table. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => Slot;
  readonly kind?: 'number' | 'nowrap' | 'bare';
  /** The row's name; read out before its other cells. */
  readonly header?: true;
}

/**
 * A table. On narrow screens the rows of `cards` become cards, each cell with its column's name; `figures` stay a
 * table, which can be moved sideways.
 */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: { readonly caption?: string; readonly look?: 'cards' | 'cards summary' | 'figures' } = {},
): Markup {
  return html`<div class="wide-table"${options.look === 'figures' && html` tabindex="0" role="group" aria-label="${options.caption ?? 'Table'}"`}><table class="${options.look ?? 'cards'}">${
    options.caption !== undefined && html`<caption>${options.caption}</caption>`
  }<thead><tr>${columns.map(
    ({ head, kind }) => html`<th scope="col" class="${kind ?? ''}">${head}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (row) =>
      html`<tr>${columns.map(({ head, cell, kind, header }) =>
        header === true
          ? html`<th scope="row" class="${kind ?? ''}">${cell(row)}</th>`
          : html`<td class="${kind ?? ''}" data-label="${head}">${cell(row)}</td>`,
      )}</tr>`,
  )}</tbody></table></div>`;
}
