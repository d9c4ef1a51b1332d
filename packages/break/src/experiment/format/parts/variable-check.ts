import type { SystemDefinition } from '../../model.ts';
import { variablesIn } from '../../variables.ts';
import { nearest } from '../shapes/nearest.ts';
import { listed, type Reading } from '../shapes/reading.ts';
import { placeWithin, shorten, type SourceText } from '../source/source.ts';

/** The placeholders that the load fills in anew for every request. */
const requestVariables: readonly string[] = ['uuid', 'n'];

/** Has the placeholders of a text checked once the system is known. */
export function checkVariables(where: 'load' | 'probe'): (node: SourceText, reading: Reading) => void {
  return (node, reading) => {
    for (const use of variablesIn(node.value)) {
      const place = placeWithin(node, use.start, use.length);
      if (!use.closed) {
        reading.wrong(place, '`${` begins a placeholder that is not closed. Write it like `${gateway}`.');
        continue;
      }
      reading.later(({ system }) => {
        const problem = system === undefined ? undefined : variableProblem(use.name, system, where);
        if (problem !== undefined) reading.wrong(place, problem);
      });
    }
  };
}

/** Why a placeholder cannot be replaced; `undefined` when it can. */
function variableProblem(
  name: string,
  system: SystemDefinition,
  where: 'load' | 'probe',
): string | undefined {
  const services = system.services.map((service) => service.name);
  const shown = `\`\${${shorten(name, 40)}}\``;
  if (requestVariables.includes(name)) {
    return where === 'load' ? undefined : `${shown} has a value only in the requests of the load.`;
  }
  const [service = '', detail, ...more] = name.split('.');
  if (services.includes(service) && (detail === undefined || detail === 'data') && more.length === 0)
    return undefined;
  if (services.includes(service)) {
    return `${shown} is not known. A service has an address, \`\${${service}}\`, and a folder for its data, \`\${${service}.data}\`.`;
  }
  const near = nearest(service, services);
  const mend =
    near === undefined
      ? ` The services of ${system.name} are ${listed(services)}.`
      : ` Did you mean \`\${${detail === undefined ? near : `${near}.data`}}\`?`;
  return `${shown} names no service of the system.${mend}`;
}
