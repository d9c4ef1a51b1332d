/**
 * HTML and SVG by template, safe by construction: whatever is put into a template is escaped unless it came out of a
 * template itself. No other file of this package joins markup from strings.
 */

import { plain } from './plain.ts';

/** A text that is longer, such as a stack of errors, is cut; the journal has it whole. */
const lengthMax = 2_000;

const made = new WeakSet<object>();

/** Markup that came out of {@link html}. */
export interface Markup {
  readonly markup: string;
}

/** What a template takes; `undefined` and `false` leave nothing behind. */
export type Slot = string | number | Markup | undefined | false | readonly Slot[];

/**
 * A piece of HTML or SVG. Use it for text and for attribute values in double quotes.
 *
 * @example html`<td class="${kind}">${title}</td>`
 */
export function html(parts: TemplateStringsArray, ...slots: readonly Slot[]): Markup {
  let markup = parts[0] ?? '';
  slots.forEach((slot, index) => {
    markup += fill(slot) + (parts[index + 1] ?? '');
  });
  return seal(markup);
}

/**
 * The text of an own style sheet or script, which HTML does not escape.
 *
 * @throws Error when it could end its element
 */
export function embed(text: string): Markup {
  if (/<\/|<!--/.test(text))
    throw new Error('An embedded style sheet or script must not hold "</" or "<!--".');
  return seal(text);
}

/** Data for an attribute in double quotes, as JSON. */
export function jsonData(value: unknown): Markup {
  return seal(escapeHtml(JSON.stringify(value)));
}

/** Escapes text for HTML's text and double-quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function fill(slot: Slot): string {
  if (slot === undefined || slot === false) return '';
  if (typeof slot === 'string') return escapeHtml(plain(slot, lengthMax));
  if (typeof slot === 'number') return String(slot);
  if (isList(slot)) return slot.map(fill).join('');
  // An object of the same shape that was not made here (read from a record, say) is no markup.
  return made.has(slot) ? slot.markup : '';
}

function seal(markup: string): Markup {
  const sealed = Object.freeze({ markup });
  made.add(sealed);
  return sealed;
}

function isList(slot: Slot): slot is readonly Slot[] {
  return Array.isArray(slot);
}
