/**
 * Text from a run (titles, answers of services, error messages) was written by anybody. Before it is shown it is made
 * harmless for every format: one line, no control characters, no characters that turn the reading direction.
 */

/** Control characters, lone surrogates, zero-width and bidirectional marks; joiners within emoji stay. */
// oxlint-disable-next-line eslint/no-misleading-character-class -- the joiners are left out on purpose
const harmful = /[\p{Cc}\p{Cs}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]+/gu;

/**
 * One line of plain text, at most `lengthMax` characters, with an ellipsis where it was cut.
 *
 * @example plain('a\u0000b\nc') // 'a b c'
 */
export function plain(text: string, lengthMax = 400): string {
  const line = text
    .slice(0, lengthMax * 4)
    .replace(harmful, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = Array.from(line);
  return characters.length <= lengthMax ? line : `${characters.slice(0, lengthMax - 1).join('')}…`;
}
