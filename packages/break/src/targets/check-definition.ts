import type { Mode, SystemDefinition } from '../experiment/model.ts';
import { SystemError } from './errors.ts';

/** Names become parts of file names and of variables. */
const namePattern = /^[A-Za-z][A-Za-z0-9-]{0,62}$/;

/**
 * Checks what the lab relies on, for definitions that were not read from a checked file.
 *
 * @returns the mode of that name; the first one for `undefined`
 * @throws SystemError `SYSTEM_INVALID`, or `PLATFORM_UNSUPPORTED` on Windows
 */
export function checkDefinition(
  definition: SystemDefinition,
  modeName: string | undefined,
  platform: string = process.platform,
): Mode | undefined {
  if (platform === 'win32') {
    throw new SystemError(
      'PLATFORM_UNSUPPORTED',
      'Windows has no signals and process groups, which the lab needs. Run it on Linux, on macOS, or in WSL.',
    );
  }
  checkServices(definition);
  if (modeName === undefined) return definition.modes[0];
  const mode = definition.modes.find(({ name }) => name === modeName);
  if (mode === undefined) {
    const known = definition.modes.map(({ name }) => name).join(', ') || 'none';
    throw invalid(definition, `there is no mode \`${modeName}\`; there is: ${known}`);
  }
  return mode;
}

function checkServices(definition: SystemDefinition): void {
  const names = definition.services.map(({ name }) => name);
  const holders = new Map<number, string>();
  for (const [index, { name, calls, port }] of definition.services.entries()) {
    if (!namePattern.test(name)) {
      throw invalid(
        definition,
        `expected the name of a service to be letters, digits and dashes, beginning with a letter, got ${JSON.stringify(name)}`,
      );
    }
    if (names.indexOf(name) !== index) throw invalid(definition, `there are two services \`${name}\``);
    const unknown = calls.find((callee) => !names.includes(callee));
    if (unknown !== undefined) {
      throw invalid(
        definition,
        `\`${name}\` calls \`${unknown}\`, which is no service; there is: ${names.join(', ')}`,
      );
    }
    if (port === undefined) continue;
    const holder = holders.get(port);
    if (holder !== undefined) {
      throw invalid(definition, `\`${holder}\` and \`${name}\` are both to listen on port ${port}`);
    }
    holders.set(port, name);
  }
}

function invalid(definition: SystemDefinition, text: string): SystemError {
  return new SystemError('SYSTEM_INVALID', `System \`${definition.name}\` (${definition.file}): ${text}.`);
}
