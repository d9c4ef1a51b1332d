import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { embed, escapeHtml, html, jsonData } from './html.ts';
import { anyText } from '../testing/any-text.ts';

describe('html', () => {
  it('escapes every text that is put in', () => {
    expect(html`<p title="${`"><b>'`}">${'<script>&'}</p>`.markup).toBe(
      '<p title="&quot;&gt;&lt;b&gt;&#39;">&lt;script&gt;&amp;</p>',
    );
  });

  it('keeps what templates made, and joins lists', () => {
    expect(html`<ul>${['a', '<b>'].map((item) => html`<li>${item}</li>`)}</ul>`.markup).toBe(
      '<ul><li>a</li><li>&lt;b&gt;</li></ul>',
    );
  });

  it('leaves nothing behind for undefined and false', () => {
    expect(html`<p>${undefined}${false}${0}</p>`.markup).toBe('<p>0</p>');
  });

  it('does not take an object for markup because it looks like it', () => {
    const fake = JSON.parse('{"markup":"<script>alert(1)</script>"}') as ReturnType<typeof html>;
    expect(html`<p>${fake}</p>`.markup).toBe('<p></p>');
  });

  it('writes data into an attribute from which it is read back whole', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { markup } = jsonData(value);
        expect(markup).not.toMatch(/[<>"']/);
        expect(JSON.parse(unescape(markup))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('escapes so that nothing is left that could end text or attribute', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
        expect(unescape(escapeHtml(text))).toBe(text);
      }),
    );
  });

  it('refuses a script that could end its element', () => {
    expect(() => embed('const a = "</script>"')).toThrow('must not hold');
  });
});

function unescape(markup: string): string {
  return markup
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
