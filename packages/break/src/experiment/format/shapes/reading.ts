import type { LoadDefinition, SystemDefinition } from '../../model.ts';
import { type ExperimentFileError, fileError } from '../experiment-file-error.ts';
import { nearest } from './nearest.ts';
import { type Place, type Source, position } from '../source/source.ts';

/** What is known once a file has been read to its end, for checks that look beyond their own line. */
export interface Known {
  /** `undefined` when the system could not be read; its services are not checked then. */
  readonly system: SystemDefinition | undefined;
  /** `broken` when there is a load that could not be read; what names its requests is not checked then. */
  readonly load: LoadDefinition | 'none' | 'broken';
}

/**
 * One reading of a source. Mistakes are collected, so that a person sees all of them at once; what needs the rest of
 * the file is checked {@link Reading.later}.
 */
export class Reading {
  readonly source: Source;
  readonly #mistakes: { readonly place: Place; readonly message: string }[] = [];
  readonly #later: ((known: Known) => void)[] = [];

  constructor(source: Source) {
    this.source = source;
  }

  /** Notes a mistake. Returns `undefined`, which is what a reader returns for a value that it could not read. */
  wrong(place: Place, message: string): undefined {
    this.#mistakes.push({ place, message });
    return undefined;
  }

  /** Notes the same mistake only where it shows first, such as one missing load that many lines speak of. */
  wrongOnce(place: Place, message: string): undefined {
    if (this.#mistakes.some((mistake) => mistake.message === message)) return undefined;
    return this.wrong(place, message);
  }

  /** Has a check made once system and load are known. */
  later(check: (known: Known) => void): void {
    this.#later.push(check);
  }

  /** Makes the checks that were put off. */
  check(known: Known): void {
    for (const check of this.#later.splice(0)) check(known);
  }

  /** How many mistakes were found so far. */
  get mistakes(): number {
    return this.#mistakes.length;
  }

  /** The one error for all mistakes; `undefined` when there is none. */
  error(): ExperimentFileError | undefined {
    return this.#mistakes.length === 0 ? undefined : fileError(this.source, this.#mistakes);
  }

  /** The value that was read, when nothing is wrong with it. */
  result<T>(value: T | undefined): T {
    const error = this.error();
    if (error !== undefined) throw error;
    if (value === undefined) throw new Error('A value is missing though no mistake was noted.');
    return value;
  }

  /** A key as this source writes it: `steady-state` in a file, `steadyState` in code. */
  key(name: string): string {
    return this.source.style === 'file' ? name : camelCase(name);
  }

  /** The line of a place, from 1; 0 in code. */
  line(place: Place): number {
    return place.offset === undefined ? 0 : position(this.source.text, place.offset).line;
  }
}

/** `steadyState` for `steady-state`. */
export function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** `Did you mean X?`, or else the list of what is right when it is short, with a space in front; else nothing. */
export function hint(word: string, right: readonly string[], introduction: string): string {
  const near = nearest(word, right);
  if (near !== undefined) return ` Did you mean \`${near}\`?`;
  return right.length > 0 && right.length <= 20 ? ` ${introduction} ${listed(right)}.` : '';
}

/** Words as people list them: `a`, `b` and `c`. */
export function listed(words: readonly string[], joint = 'and'): string {
  const quoted = words.map((word) => `\`${word}\``);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} ${joint} ${quoted.at(-1)}`;
}
