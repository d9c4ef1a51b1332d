/** The first text in the order of UTF-8 after all that begin with `prefix`; `undefined` where there is none. */
export function firstBeyond(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0)!);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10_ffff) continue;
    // Between them stand the halves of surrogate pairs, which are no characters.
    return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}
