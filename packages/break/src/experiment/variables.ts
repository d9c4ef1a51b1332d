/**
 * Placeholders: `${gateway}` is the address of a service, `${orders.data}` the folder where it keeps its data. They
 * stay in the model as they are written, since addresses are known only once the system runs.
 */

/** A placeholder in a text. */
export interface VariableUse {
  /** What stands between the braces. */
  readonly name: string;
  readonly start: number;
  readonly length: number;
  /** Whether its brace is closed. */
  readonly closed: boolean;
}

/** The placeholders of a text, in order. */
export function variablesIn(text: string): VariableUse[] {
  return [...text.matchAll(/\$\{([^}]*)(\}?)/g)].map((match) => ({
    name: match[1] ?? '',
    start: match.index,
    length: match[0].length,
    closed: match[2] === '}',
  }));
}

/**
 * Replaces placeholders. What `variables` does not have stays as it is, such as `${uuid}` and `${n}`, which the load
 * fills in anew for every request.
 *
 * @example resolveVariables('${gateway}/products', { gateway: 'http://127.0.0.1:4000' })
 */
export function resolveVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{([^}]*)\}/g, (whole, name: string) =>
    Object.hasOwn(variables, name) ? (variables[name] ?? whole) : whole,
  );
}
