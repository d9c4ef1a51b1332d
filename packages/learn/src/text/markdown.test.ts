import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeMarkdown, markdownCode, markdownTable } from './markdown.ts';
import { anyText } from '../testing/any-text.ts';

describe('escapeMarkdown', () => {
  it('leaves plain sentences as they are', () => {
    const sentence = 'Goodput fell by 12.5 % (from 120/s), and was back after 3 s.';
    expect(escapeMarkdown(sentence)).toBe(sentence);
  });

  it('shows markup instead of obeying it', () => {
    expect(escapeMarkdown('<b> **x** [a](b) | `c` &amp;')).toBe(
      '&lt;b&gt; \\*\\*x\\*\\* \\[a\\](b) \\| \\`c\\` &amp;amp;',
    );
  });

  it('calls nobody, and makes no link of a number or an address', () => {
    expect(escapeMarkdown('@team #12 http://x.example')).toBe(
      '@&#8203;team \\#&#8203;12 http:&#8203;//x.example',
    );
  });

  it('begins no list', () => {
    expect(['- a', '+ a', '1. a', '12) a', '12.5 %'].map((text) => escapeMarkdown(text))).toEqual([
      '\\- a',
      '\\+ a',
      '1\\. a',
      '12\\) a',
      '12.5 %',
    ]);
  });

  it('ends no cell and opens no tag, whatever comes', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const escaped = escapeMarkdown(text);
        expect(escaped).not.toMatch(/[<>\n\r]|(?<!\\)(?:\\\\)*[|`[\]*]/);
      }),
    );
  });
});

describe('markdownCode', () => {
  it('never ends before its end', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(markdownCode(text).slice(1, -1)).not.toMatch(/[`|\n\r]/);
      }),
    );
  });
});

it('writes a table', () => {
  expect(markdownTable(['a', 'b'], [['1', '2']])).toEqual(['| a | b |', '| --- | --- |', '| 1 | 2 |']);
});
