import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advice } from './blame-words.ts';
import { lintBlame } from './lint-blame.ts';
import { anyText } from '../testing/any-text.ts';

const kinds = (text: string) => lintBlame(text).map(({ kind }) => kind);

describe('lintBlame', () => {
  it.each([
    ['human-error', 'The outage was due to human error.'],
    ['human-error', 'This was an operator error.'],
    ['human-error', 'A fat-fingered command removed the table.'],
    ['human-error', 'The deploy violated the procedure.'],
    ['counterfactual', 'The on-call should have checked the dashboard.'],
    ['counterfactual', 'This could easily have been avoided.'],
    ['counterfactual', 'They shouldn’t have deployed on a Friday.'],
    ['counterfactual', 'If only she had looked at the graph, it was over.'],
    ['counterfactual', 'Nobody noticed, and the team failed to escalate.'],
    ['judgmental', 'That was a careless change.'],
    ['judgmental', 'The review was sloppy.'],
    ['judgmental', 'It was a simple mistake.'],
    ['judgmental', 'Lack of attention led to the incident.'],
    ['person', 'Anna Berg misconfigured the proxy.'],
    ['person', 'Anna forgot to renew the certificate.'],
    ['person', 'The on-call engineer ignored the alert.'],
    ['person', '@anna broke the build.'],
    ['person', 'He did not test the rollback.'],
    ['person', 'It was her fault.'],
    ['person', 'The database team is to blame.'],
    ['hindsight', 'In hindsight the alert was there.'],
    ['hindsight', 'Obviously the disk was full.'],
    ['hindsight', 'It was an accident waiting to happen.'],
    ['single-cause', 'The root cause was a full disk.'],
    ['single-cause', 'The outage was solely caused by the proxy.'],
  ])('finds %s: %s', (kind, text) => {
    expect(kinds(text)).toContain(kind);
  });

  it.each([
    'The disk was filled at 10:02 by the nightly export.',
    'Inventory failed to start within 5 s.',
    'The breaker opened after 0.9 s, and the fallback answered.',
    'The change was applied without a review.',
    'What did the screen show, and how did that make the restart look right?',
    'Requests that failed were retried; the retries failed too.',
    'The connection to Payment broke at 10:03.',
    'Contributing factors: a full disk, no alert, a default of no time-out.',
    'The load generator missed no arrival.',
    'The clearing house answered. A clear message was shown.',
    'Users saw an error page for 12 s.',
    'Postgres Primary failed over to the standby.',
    'The Order Service ignored the header.',
  ])('leaves alone: %s', (text) => {
    expect(lintBlame(text)).toEqual([]);
  });

  it('leaves quotes, code and comments alone, and finds what stands beside them', () => {
    const text = [
      'She said: "I should have looked."',
      '> human error, says the chat',
      'The script prints `careless` and “obviously”.',
      '```',
      'should have',
      '```',
      '<!-- the root cause -->',
      'Outside: careless.',
    ].join('\n');
    expect(lintBlame(text)).toMatchObject([{ line: 8, column: 10, text: 'careless', kind: 'judgmental' }]);
  });

  it('does not take a stray quotation mark for a quotation of all that follows', () => {
    expect(kinds('A disk of 3.5".\n\nThis was careless.\n\nAnother of 2.5".')).toEqual(['judgmental']);
  });

  it('says where, why, and what to write instead', () => {
    const [finding] = lintBlame('First line.\nThe team should have tested it.');
    expect(finding).toEqual({
      line: 2,
      column: 10,
      text: 'should have',
      kind: 'counterfactual',
      ...advice.counterfactual,
    });
    for (const { instead } of Object.values(advice)) expect(instead).toMatch(/\b(?:what|how|when|name)\b/i);
  });

  it('gives every finding its own place in the text, whatever the text is', () => {
    const words = fc.constantFrom(
      'should have',
      'careless',
      '"',
      '`',
      '\n',
      '\n\n',
      '“',
      '”',
      'root cause',
      'the',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, anyText(5))), (parts) => {
        const text = parts.join(' ');
        const lines = text.split('\n');
        let last = -1;
        for (const { line, column, text: words } of lintBlame(text)) {
          expect(lines[line - 1]?.startsWith(words.split('\n')[0] ?? '', column - 1)).toBe(true);
          const place = line * 1e6 + column;
          expect(place).toBeGreaterThan(last);
          last = place;
        }
      }),
    );
  });

  it('takes no longer than the text is long', () => {
    const text = `${'"a '.repeat(5_000)}${'the senior '.repeat(5_000)}${'`'.repeat(5_000)}`;
    const began = performance.now();
    lintBlame(text);
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});
