import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { learn } from '../lessons.ts';
import { arbitraryRecords, hostileTexts } from '../testing/arbitrary-records.ts';
import { gameDayJournal } from '../testing/game-day-journal.ts';
import { reportMarkdown } from './markdown.ts';
import { reportPage } from './page/page.ts';

const allowed = new Set(
  `a body caption code dd desc defs details div dl dt figcaption figure footer h1 h2 h3 head header html li main meta p path
  pattern rect script section span style summary svg table tbody td text th thead title tr ul`.split(/\s+/),
);
const empty = new Set(['meta']);

/** Reads the page as a strict parser would: every tag closed by its own, no attribute without quotes, none that acts. */
function checkMarkup(page: string): void {
  const open: string[] = [];
  const inert = page
    .replace(/<style>[\s\S]*?<\/style>/, '<style></style>')
    .replace(/<script>[\s\S]*?<\/script>/, '<script></script>')
    .replace('<!doctype html>', '');
  const wrong: string[] = [];
  const rest = inert.replace(/<(\/?)([a-z0-9]+)((?: [a-zA-Z-]+="[^"<>]*")*)(\/?)>/g, (tag, ...groups) => {
    const [closes, name = '', attributes = '', closed] = groups as string[];
    if (!allowed.has(name)) wrong.push(tag);
    for (const [, attribute = '', value = ''] of attributes.matchAll(/ ([a-zA-Z-]+)="([^"]*)"/g)) {
      if (/^(?:on\w+|style|src|srcdoc)$/i.test(attribute)) wrong.push(tag);
      if (attribute === 'href' && !value.startsWith('#')) wrong.push(tag);
    }
    if (closes === '/') {
      if (open.pop() !== name) wrong.push(tag);
    } else if (closed !== '/' && !empty.has(name)) open.push(name);
    return '';
  });
  expect(wrong).toEqual([]);
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]/);
}

describe('the report', () => {
  it('is made of any well-formed sequence of records, with every text escaped', () => {
    fc.assert(
      fc.property(arbitraryRecords, (records) => {
        const lessons = learn(records);
        checkMarkup(reportPage(lessons));
        // What is escaped and what is code has no meaning; nothing else of it may hold a tag or a link.
        const bare = reportMarkdown(lessons).replace(/\\.|`[^`\n]*`/g, '');
        expect(bare).not.toMatch(/[<>[\]]/);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it.each(hostileTexts.filter((text) => /[<>]/.test(text)))('shows a title of %s as text', (title) => {
    const records = gameDayJournal('naive').map((record) => {
      const named = record.kind === 'run.started' ? { ...record, title } : record;
      return 'experiment' in named ? { ...named, experiment: title } : named;
    });
    const page = reportPage(learn(records));
    checkMarkup(page);
    expect(page).not.toContain(title);
  });

  it('keeps a Game Day of eight experiments under 1.5 MB', () => {
    for (const mode of ['protected', 'naive'] as const) {
      expect(reportPage(learn(gameDayJournal(mode))).length).toBeLessThan(1_500_000);
    }
  });

  it('allows nothing to be loaded, by the policy in its head', () => {
    const page = reportPage(learn([]));
    expect(page).toMatch(/content="default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+';/);
    expect(page).not.toMatch(/https?:/);
  });

  it('says the verdict, and never by colour alone', () => {
    const page = reportPage(learn(gameDayJournal('naive')));
    expect(page).toContain('24 of 33 hypotheses did not hold.');
    expect(
      page.match(
        /<span class="mark tone-[a-z]+"><span class="sign" aria-hidden="true">.<\/span>[a-z ]+<\/span>/g,
      )?.length,
    ).toBe(page.match(/class="mark /g)?.length);
    expect(reportMarkdown(learn(gameDayJournal('protected')))).toContain('**✓ All 33 hypotheses held.**');
  });
});
