/** Texts of an experiment may have `${name}` in them: an address or folder that is known only once the system runs. */

/** What the names stand for, such as `gateway` for the address of that service. */
export type Variables = Readonly<Record<string, string>>;

/** Every code that an error of a variable can have. */
export type VariableErrorCode = 'VARIABLE_UNKNOWN';

/** A name without a value. */
export class VariableError extends Error {
  override readonly name = 'VariableError';
  readonly code: VariableErrorCode = 'VARIABLE_UNKNOWN';
}

/** A text of which the variables are filled in; what is given anew each time is not. */
export interface Template {
  /** Whether the text is the same each time. */
  readonly constant: boolean;
  /** Fills in the rest. */
  render(values: Variables): string;
}

const placeholder = /\$\{([^${}]*)\}/;

/**
 * Fills in the variables of a text.
 *
 * @param where - what the text belongs to, for the error
 * @throws VariableError for a name without a value
 */
export function fillIn(where: string, text: string, variables: Variables): string {
  return template(where, text, variables, []).render({});
}

/**
 * Fills in the variables of a text, and leaves open the names in `later`, whose values are given each time.
 *
 * @throws VariableError for a name that is neither
 */
export function template(
  where: string,
  text: string,
  variables: Variables,
  later: readonly string[],
): Template {
  // Splitting at a group gives text and name in turn.
  const parts = text.split(placeholder).map((part, index) => {
    if (index % 2 === 0) return { text: part };
    if (later.includes(part)) return { name: part };
    const value = Object.hasOwn(variables, part) ? variables[part] : undefined;
    if (value !== undefined) return { text: value };
    const known = [...Object.keys(variables), ...later].map((name) => `\`${name}\``).join(', ');
    throw new VariableError(
      `\`\${${part}}\` in ${where} stands for nothing${known === '' ? '' : `; there are ${known}`}.`,
    );
  });
  if (parts.every((part) => part.text !== undefined)) {
    const whole = parts.map((part) => part.text).join('');
    return { constant: true, render: () => whole };
  }
  return {
    constant: false,
    render: (values) => parts.map(({ text, name }) => text ?? values[name]).join(''),
  };
}
