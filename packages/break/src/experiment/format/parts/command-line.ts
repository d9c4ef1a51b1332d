/** Splits a command line into a program and its arguments, as a shell would, and without what only a shell can do. */

/** The words of a command, or why it is none. */
export type ParsedCommand = { readonly words: readonly string[] } | { readonly problem: string };

/**
 * Splits at spaces; quotes hold a word together.
 *
 * @example parseCommand('node "my server.js"') // { words: ['node', 'my server.js'] }
 */
export function parseCommand(line: string): ParsedCommand {
  const words: string[] = [];
  const rest = line.replaceAll(/((?:[^\s"']|"[^"]*"|'[^']*')+)/g, (word) => {
    words.push(
      word.replaceAll(
        /"([^"]*)"|'([^']*)'/g,
        (_, double?: string, single?: string) => double ?? single ?? '',
      ),
    );
    return '';
  });
  if (rest.trim() !== '') return { problem: 'A quote in this command is not closed.' };
  const sign = line.split(/\s+/).find((word) => /^(?:[|&;<>]+|\d?[<>].*)$/.test(word));
  if (sign !== undefined) {
    return {
      problem: `A command is started without a shell, so \`${sign}\` has no meaning here. Start one program.`,
    };
  }
  const [first = ''] = words;
  const assignment = /^([A-Za-z_]\w*)=(.*)$/.exec(first);
  if (assignment !== null) {
    return {
      problem: `A command is started without a shell. Put the variable under \`env\`: \`${assignment[1]}: ${assignment[2]}\`.`,
    };
  }
  const variable = /\$(?:\{\w*\}?|\w+)/.exec(line)?.[0];
  if (variable !== undefined) {
    return {
      problem: `A command is started without a shell, so \`${variable}\` is not replaced. Write the value out.`,
    };
  }
  return first === '' ? { problem: 'Write the program to start.' } : { words };
}
