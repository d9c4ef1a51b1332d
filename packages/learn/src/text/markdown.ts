import { plain } from './plain.ts';

/**
 * Escapes text for Markdown as code hosts render it: no markup, no HTML, no link, no picture, no table cell ended, and
 * nobody called by an `@`.
 */
export function escapeMarkdown(text: string, lengthMax?: number): string {
  return (
    plain(text, lengthMax)
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/[\\`*_{}[\]#!|~$]/g, '\\$&')
      .replace(/^([-+])/, '\\$1')
      .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')
      // A mark of no width keeps names from being called and numbers and addresses from becoming links.
      .replace(/[@#](?=\w)/g, '$&&#8203;')
      .replaceAll('://', ':&#8203;//')
      .replace(/\bwww\./gi, (match) => `${match.slice(0, 3)}&#8203;.`)
  );
}

/** Text as code, which every renderer shows as it is. */
export function markdownCode(text: string, lengthMax?: number): string {
  // A back-tick cannot be escaped within code, and a bar would end a table's cell.
  return `\`${plain(text, lengthMax).replaceAll('`', "'").replaceAll('|', '¦') || ' '}\``;
}

/** A table; the cells are Markdown already. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
