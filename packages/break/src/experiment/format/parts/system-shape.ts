import type { Mode, ServiceDefinition, SystemDefinition } from '../../model.ts';
import { parseCommand } from './command-line.ts';
import { readyMsDefault, readyMsMax } from '../limits.ts';
import { named, object, type ReadNames } from '../shapes/map-shapes.ts';
import { nearest } from '../shapes/nearest.ts';
import { listed, type Reading } from '../shapes/reading.ts';
import { anyText, choice, number, quantity, text } from '../shapes/scalar-shapes.ts';
import { list, made, type Shape, unlike } from '../shapes/shape.ts';
import { shorten, type SourceText } from '../source/source.ts';

/** How a system file begins, for the message about an empty one. */
export const systemBegin =
  'A system file begins with a line such as `name: shop`, followed by its `services`.';

/** The variables that the lab hands over itself. */
const ownVariables = ['PORT', 'DATA_FOLDER'];
/** Placeholders of requests and the word for the load; a service of that name could not be spoken of. */
const takenNames: readonly string[] = ['load', 'uuid', 'n'];
const namePattern = /^[A-Za-z][A-Za-z0-9-]{0,62}$/;
const variablePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

const variables = named('env: { LOG_LEVEL: info }', anyText('text', noPlaceholder), {
  pattern: variablePattern,
  problem(name) {
    if (!variablePattern.test(name))
      return `\`${shorten(name)}\` cannot be the name of an environment variable.`;
    if (name === 'PORT') return '`PORT` is handed over by the lab. Use the key `port` of the service.';
    return ownVariables.includes(name) || name.startsWith('SEAWORTHY_')
      ? `\`${shorten(name)}\` is handed over by the lab. Choose another name.`
      : undefined;
  },
});

const env: Shape<Readonly<Record<string, string>>> = made(variables, ({ entries }) =>
  Object.fromEntries(entries.map(({ name, value }) => [name, value])),
);

const service = object('this service', 'start: node server.js', {
  start: {
    summary: 'The program and its arguments, without a shell; paths count from the folder of this file.',
    shape: command(),
    required: 'start: node server.js',
    slips: ['command', 'cmd', 'run', 'exec', 'script'],
  },
  ready: {
    summary: 'The path that answers 200 once the service is ready.',
    shape: text({ noun: 'a path', example: '/health', check: readyPath }),
    required: 'ready: /health',
    slips: ['health', 'healthcheck', 'readiness', 'readiness-path'],
  },
  'ready-within': {
    summary: 'How long it may take to get ready; 10s by default.',
    shape: quantity('duration', { least: 1, most: readyMsMax }),
    slips: ['timeout', 'start-timeout'],
  },
  port: {
    summary: 'The port it listens on, handed over as PORT; the lab chooses a free one by default.',
    shape: number({ noun: 'a port', least: 1, most: 65_535, whole: true }),
  },
  env: { summary: 'Environment variables.', shape: env, slips: ['environment', 'variables'] },
  calls: {
    summary:
      'The services it calls. Each address is handed over as NAME_URL, and leads over a link that faults can break.',
    shape: list(text({ noun: "a service's name", example: 'inventory' }), {
      example: 'calls: [catalog, inventory]',
      alone: true,
    }),
    slips: ['depends-on', 'dependencies', 'depends', 'uses'],
  },
});

const modes = named('modes: { protected: { MODE: protected } }', orNothing(env), {
  pattern: namePattern,
  problem: (name) => (namePattern.test(name) ? undefined : badName('a mode', name)),
});

const services = named('services: { gateway: { start: node gateway.js, ready: /health } }', service, {
  pattern: namePattern,
  problem(name) {
    if (takenNames.includes(name))
      return `A service cannot be called \`${name}\`, a word that means something else here.`;
    return namePattern.test(name) ? undefined : badName('a service', name);
  },
});

/** A system file. */
export const systemShape: Shape<SystemDefinition> = made(
  object('this system', 'name: shop', {
    name: {
      summary: 'What the system is called.',
      shape: text({ noun: 'text', example: 'name: shop' }),
      required: 'name: shop',
      slips: ['title', 'system'],
    },
    description: {
      summary: 'What it is, for people.',
      shape: text({ noun: 'text', example: 'A small shop.' }),
    },
    services: {
      summary: 'The services, each by its name.',
      shape: services,
      required: 'services: { gateway: { start: node gateway.js, ready: /health } }',
      slips: ['processes', 'service'],
    },
    network: {
      summary:
        'Where the services run: all on loopback (the default), or each in a network namespace of its own (Linux, as root).',
      shape: choice(['loopback', 'namespaces']),
      slips: ['networking', 'net', 'namespaces', 'isolation'],
    },
    modes: {
      summary:
        'What the system can be run as, each with its environment variables; the first is the default.',
      shape: modes,
      slips: ['mode', 'profiles', 'variants'],
    },
  }),
  ({ fields }, reading): SystemDefinition | undefined => {
    const { name, services: found, network, modes: known } = fields;
    if (found === undefined || name === undefined) return undefined;
    if (found.value.names.length === 0)
      return reading.wrong(found.keyPlace, 'A system has at least one service.');
    checkServices(found.value, reading);
    const definitions = found.value.entries.flatMap((entry): ServiceDefinition[] => {
      const { start, ready, port, calls, ...rest } = entry.value.fields;
      if (start === undefined || ready === undefined) return [];
      return [
        {
          name: entry.name,
          command: start.value,
          env: rest.env?.value ?? {},
          port: port?.value,
          ready: ready.value,
          readyWithinMs: rest['ready-within']?.value ?? readyMsDefault,
          calls: (calls?.value ?? []).map(({ value }) => value),
        },
      ];
    });
    const given = (known?.value.entries ?? []).map((mode): Mode => ({ name: mode.name, env: mode.value }));
    if (known !== undefined && given.length === 0) {
      return reading.wrong(known.keyPlace, '`modes` is empty. Name a mode, or remove the key.');
    }
    return {
      name: name.value,
      file: reading.source.file,
      services: definitions,
      ...(network === undefined ? {} : { network: network.value as 'loopback' | 'namespaces' }),
      modes: given.length > 0 ? given : [{ name: 'default', env: {} }],
    };
  },
);

type ReadService = typeof service extends Shape<infer T> ? T : never;

/** What only all services together show: names and ports that clash, calls that lead nowhere. */
function checkServices({ names, entries }: ReadNames<ReadService>, reading: Reading): void {
  const ports = new Map<number, string>();
  const variablesSeen = new Map<string, string>();
  for (const { name, keyPlace, value } of entries) {
    const variable = `${name.toUpperCase().replaceAll('-', '_')}_URL`;
    const other = variablesSeen.get(variable);
    if (other !== undefined) {
      reading.wrong(
        keyPlace,
        `\`${name}\` and \`${other}\` would both be told to others as ${variable}. Rename one of them.`,
      );
    }
    variablesSeen.set(variable, name);
    const { port, calls } = value.fields;
    const holder = port === undefined ? undefined : ports.get(port.value);
    if (port !== undefined && holder !== undefined) {
      reading.wrong(
        port.place,
        `\`${holder}\` has port ${port.value} already. Give \`${name}\` another one, or none: then the lab chooses.`,
      );
    }
    if (port !== undefined) ports.set(port.value, name);
    const called = new Set<string>();
    for (const call of calls?.value ?? []) {
      if (!names.includes(call.value)) {
        const near = nearest(call.value, names);
        const mend = near === undefined ? `The services are ${listed(names)}.` : `Did you mean \`${near}\`?`;
        reading.wrong(
          call.place,
          `\`${name}\` calls \`${shorten(call.value)}\`, which is no service of this file. ${mend}`,
        );
      } else if (called.has(call.value)) {
        reading.wrong(call.place, `\`${call.value}\` is here twice. Keep one of them.`);
      }
      called.add(call.value);
    }
  }
}

/** A program with its arguments: a list, or one line that is split at spaces. */
function command(): Shape<readonly string[]> {
  const words = list(anyText('text'), {
    least: 1,
    none: 'Write the program to start.',
    example: 'start: [node, server.js]',
  });
  return {
    schema: { anyOf: [{ type: 'string', minLength: 1 }, words.schema], examples: ['node server.js'] },
    read(node, reading) {
      if (node.kind === 'nothing')
        return reading.wrong(node.place, unlike(node, 'a command', reading, 'node server.js'));
      if (node.kind !== 'text') {
        const read = words.read(node, reading);
        return read?.map(({ value }) => value);
      }
      const parsed = parseCommand(node.value);
      return 'problem' in parsed ? reading.wrong(node.place, parsed.problem) : parsed.words;
    },
  };
}

/** Something, or nothing at all: `naive:`. */
function orNothing(shape: Shape<Readonly<Record<string, string>>>): Shape<Readonly<Record<string, string>>> {
  return {
    schema: { anyOf: [shape.schema, { type: 'null' }] },
    read: (node, reading) => (node.kind === 'nothing' ? {} : shape.read(node, reading)),
  };
}

function noPlaceholder(node: SourceText, reading: Reading): void {
  const found = /\$\{([^}]*)\}/.exec(node.value);
  if (found === null) return;
  const mend = 'The address of a service that stands in `calls` is handed over as `NAME_URL`.';
  reading.wrong(
    node.place,
    `\`${shorten(found[0])}\` is not replaced here: a variable is handed over as it stands. ${mend}`,
  );
}

function readyPath(node: SourceText, reading: Reading): void {
  if (/^\/[^\s$]*$/.test(node.value)) return;
  reading.wrong(
    node.place,
    `\`${shorten(node.value)}\` is not a path. It begins with \`/\`, such as \`/health\`; the lab knows the rest.`,
  );
}

function badName(noun: string, name: string): string {
  return `\`${shorten(name)}\` cannot be the name of ${noun}. It begins with a letter and has letters, digits and \`-\`.`;
}
