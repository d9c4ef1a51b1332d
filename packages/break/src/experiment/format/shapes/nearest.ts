/** Finds what was probably meant by a word that is not known. */

/** No word of ours is longer; a longer one is not worth the comparison. */
const lengthMax = 64;

/**
 * The candidate nearest to `word`, or `undefined` when none is near: few letters differ, or one is a part of the
 * other. Case, hyphens and spaces do not count.
 *
 * @example nearest('steady-sate', ['title', 'steady-state']) // 'steady-state'
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = bare(word);
  if (wanted === '' || wanted.length > lengthMax) return undefined;
  let best: string | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const score = distance(wanted, bare(candidate), word.toLowerCase(), candidate.toLowerCase());
    if (score < bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

/** How far apart two words are; infinite when too far to be a slip. */
function distance(wanted: string, candidate: string, wantedWords: string, candidateWords: string): number {
  if (wanted === candidate) return 0;
  const edits = editDistance(wanted, candidate);
  const longest = Math.max(wanted.length, candidate.length);
  if (edits <= Math.max(1, Math.floor(longest / 3)) && edits < longest) return edits;
  const related =
    candidateWords.split(/[- ]/).includes(wantedWords) ||
    wantedWords.split(/[- ]/).includes(candidateWords) ||
    (wanted.length >= 3 && candidate.startsWith(wanted)) ||
    (candidate.length >= 3 && wanted.startsWith(candidate));
  return related ? lengthMax + edits : Number.POSITIVE_INFINITY;
}

/** Letters added, left out, replaced, or two neighbours swapped: each counts 1. */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const same = left[i - 1] === right[j - 1];
      let least = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]) {
        least = Math.min(least, at(beforeLast, j - 2) + 1);
      }
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, right.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}

function bare(word: string): string {
  return word.toLowerCase().replaceAll(/[-_\s]/g, '');
}
