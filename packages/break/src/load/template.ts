import { LoadError } from './errors.ts';

/** What a request is given anew each time. */
export interface RequestValues {
  /** A random UUID, the same wherever the request has `${uuid}`. */
  readonly uuid: string;
  /** The request's number in this load, from 1. */
  readonly n: number;
}

/** A text with its gaps filled in. */
export type Template = (values: RequestValues) => string;

const placeholder = /\$\{([^${}]*)\}/;

/**
 * Reads a text with `${...}` in it. Variables are filled in once, `${uuid}` and `${n}` anew for every request.
 *
 * @param where - what the text belongs to, for the error
 * @throws LoadError for a name that is neither
 */
export function template(
  where: string,
  text: string,
  variables: Readonly<Record<string, string>>,
): { readonly render: Template; readonly constant: boolean } {
  // Splitting at a group gives text and name in turn.
  const parts = text.split(placeholder).map((part, index) => {
    if (index % 2 === 0) return part;
    if (part === 'uuid' || part === 'n') return (values: RequestValues) => String(values[part]);
    const value = Object.hasOwn(variables, part) ? variables[part] : undefined;
    if (value === undefined) {
      const known = [...Object.keys(variables), 'uuid', 'n'].join(', ');
      throw new LoadError(`\`\${${part}}\` in ${where} has no value; there are ${known}.`);
    }
    return value;
  });
  if (parts.every((part) => typeof part === 'string')) {
    const whole = parts.join('');
    return { render: () => whole, constant: true };
  }
  return {
    render: (values) => parts.map((part) => (typeof part === 'string' ? part : part(values))).join(''),
    constant: false,
  };
}
