import { SystemError } from './errors.ts';
import { type Ending, describeEnding } from './life.ts';
import type { ServiceOutput } from './output.ts';

/** What is known of a service that did not come up. */
export interface ServiceTrouble {
  readonly name: string;
  readonly command: readonly string[];
  readonly output: ServiceOutput;
}

/** The error of a service that ended before it was ready. */
export function exitedEarly(trouble: ServiceTrouble, ending: Ending): SystemError {
  return new SystemError(
    'SERVICE_EXITED',
    `Service \`${trouble.name}\` ${describeEnding(ending)} before it was ready.${evidence(trouble)}`,
  );
}

/** The error of a service that did not answer as it should in time. */
export function notReady(trouble: ServiceTrouble, url: string, withinMs: number, seen: string): SystemError {
  return new SystemError(
    'SERVICE_NOT_READY',
    `Service \`${trouble.name}\` was not ready within ${withinMs} ms: GET ${url} must answer 200, and at last ${seen}.${evidence(trouble)}`,
  );
}

/** Whether the service could not have its port, as far as its last words tell. */
export function saysAddressInUse(output: ServiceOutput): boolean {
  return output.lastLines().some((line) => /EADDRINUSE|address already in use/i.test(line));
}

function evidence({ command, output }: ServiceTrouble): string {
  const lines = output.lastLines();
  const said =
    lines.length === 0
      ? ['  it printed nothing']
      : ['  it printed last:', ...lines.map((line) => `    ${line}`)];
  return ['', `  command: ${command.join(' ')}`, ...said].join('\n');
}
