import type { Comparison, Probe } from '../../model.ts';
import { timeoutMsDefault, timeoutMsMax } from '../limits.ts';
import { type Key, object, variant } from '../shapes/map-shapes.ts';
import { isAbsolutePath, resolveBeside } from '../source/paths.ts';
import { readQuantity } from '../shapes/quantity.ts';
import { listed, type Reading } from '../shapes/reading.ts';
import { anyText, choice, number, quantity, text } from '../shapes/scalar-shapes.ts';
import { made, type Shape, unlike } from '../shapes/shape.ts';
import { shorten, type SourceNode, type SourceText } from '../source/source.ts';
import { checkVariables } from './variable-check.ts';
import { nearest } from '../shapes/nearest.ts';

const probeName: Key<string> = {
  summary: 'How reports name this probe; made from the rest when it is left out.',
  shape: text({ noun: 'text', example: 'the shop answers' }),
};

/** The kind of a probe; it was read already when its other keys are. */
const kind = (name: string): Key<string> => ({
  summary: 'What kind of measurement it is.',
  shape: choice([name]),
  required: `probe: ${name}`,
});

/** An address: a placeholder or `http://` in front. */
export function address(where: 'load' | 'probe'): Shape<string> {
  return text({
    noun: 'an address',
    example: '${gateway}/products',
    check(node, reading) {
      checkVariables(where)(node, reading);
      if (
        /^(\$\{|https?:\/\/[^/\s])/.test(node.value) &&
        !/\s/.test(node.value.replaceAll(/\$\{[^}]*\}?/g, ''))
      )
        return;
      const mend = node.value.startsWith('/')
        ? `Write whose path it is: \`\${gateway}${shorten(node.value)}\`.`
        : 'It begins with a service, such as `${gateway}/products`, or with `http://`, and has no spaces.';
      reading.wrong(node.place, `\`${shorten(node.value)}\` is not an address. ${mend}`);
    },
  });
}

const http = made(
  object('an http probe', 'probe: http', {
    probe: kind('http'),
    name: probeName,
    get: { summary: 'The address to ask.', shape: address('probe'), slips: ['url', 'address', 'uri'] },
    head: { summary: 'The address to ask with HEAD.', shape: address('probe') },
    status: {
      summary: 'The status of a good answer; 200 by default.',
      shape: number({ noun: 'a status', least: 100, most: 599, whole: true }),
      slips: ['code', 'expect'],
    },
    contains: {
      summary: 'Text that the body has to contain.',
      shape: anyText('text'),
      slips: ['body', 'text'],
    },
    p99: {
      summary: 'The slowest of a hundred answers may take so long.',
      shape: upperBound(),
      slips: ['latency', 'p95', 'p90', 'duration'],
    },
    timeout: {
      summary: 'How long one answer may take; 2s by default.',
      shape: quantity('duration', { least: 1, most: timeoutMsMax }),
    },
  }),
  ({ fields, present, place }, reading): Probe | undefined => {
    if (present.has('get') === present.has('head')) {
      const mend = 'It has one of `get` and `head`, such as `get: ${gateway}/products`.';
      return reading.wrong(
        fields.head?.keyPlace ?? { ...place, length: 1 },
        `This probe asks ${present.has('get') ? 'two addresses' : 'nothing'}. ${mend}`,
      );
    }
    const url = fields.get?.value ?? fields.head?.value;
    if (fields.head !== undefined && fields.contains !== undefined) {
      return reading.wrong(
        fields.contains.keyPlace,
        'An answer to HEAD has no body that could contain text. Use `get`.',
      );
    }
    if (url === undefined) return undefined;
    const method = fields.head === undefined ? 'GET' : 'HEAD';
    const status = fields.status?.value ?? 200;
    const p99 = fields.p99?.value;
    const contains = fields.contains?.value;
    const said = [
      `${method} ${plainly(url)} answers ${status}`,
      ...(contains === undefined ? [] : [`contains "${shorten(contains, 30)}"`]),
      ...(p99 === undefined ? [] : [`p99 < ${p99} ms`]),
    ];
    return {
      kind: 'http',
      name: fields.name?.value ?? said.join(', '),
      method,
      url,
      status,
      contains,
      timeoutMs: fields.timeout?.value ?? timeoutMsDefault,
      p99MsMax: p99,
    };
  },
);

const process = made(
  object('a process probe', 'probe: process', {
    probe: kind('process'),
    name: probeName,
    service: {
      summary: 'The service whose process has to run.',
      shape: serviceName(),
      required: 'service: inventory',
      slips: ['process', 'target', 'name-of'],
    },
    is: { summary: '`running`, the only state that there is.', shape: choice(['running']) },
  }),
  ({ fields }): Probe | undefined => {
    const service = fields.service?.value;
    if (service === undefined) return undefined;
    return {
      kind: 'process',
      name: fields.name?.value ?? `${service} is running`,
      service,
      state: 'running',
    };
  },
);

const sqlKeys = {
  database: {
    summary: 'The SQLite file.',
    shape: database(),
    required: 'database: ${orders.data}/orders.db',
    slips: ['file', 'db'],
  },
  is: {
    summary: "What the number has to be: `1`, `'>= 1'`.",
    shape: comparison(),
    required: 'is: 0',
    slips: ['equals', 'expect', 'value', 'result'],
  },
  name: probeName,
} as const;

const query = text({
  noun: 'a query',
  example: 'SELECT count(*) FROM orders',
  check(node, reading) {
    if (/^\s*(select|with)\b/i.test(node.value)) return;
    reading.wrong(
      node.place,
      `A query only reads: it begins with \`SELECT\` or \`WITH\`, not with \`${shorten(node.value.trim().split(/\s/)[0] ?? '', 20)}\`.`,
    );
  },
});

const sql = made(
  object('a sql probe', 'probe: sql', {
    probe: kind('sql'),
    query: {
      summary: 'A query that gives one number.',
      shape: query,
      required: 'query: SELECT count(*) FROM orders',
      slips: ['sql', 'select'],
    },
    ...sqlKeys,
  }),
  ({ fields }) => sqlProbe(fields.name?.value, fields.database?.value, fields.query?.value, fields.is?.value),
);

/** A query in the list of expectations, where `sql:` is the query itself. */
export const sqlExpectation: Shape<Probe> = made(
  object('a query', 'sql: SELECT count(*) FROM orders', {
    sql: {
      summary: 'A query that gives one number, asked after the run.',
      shape: query,
      required: 'sql: SELECT count(*) FROM orders',
      slips: ['query'],
    },
    ...sqlKeys,
  }),
  ({ fields }) => sqlProbe(fields.name?.value, fields.database?.value, fields.sql?.value, fields.is?.value),
);

/** A measurement with a tolerance. */
export const probe: Shape<Probe> = variant<Probe>('a probe', 'probe', { http, process, sql });

function sqlProbe(
  name: string | undefined,
  file: string | undefined,
  select: string | undefined,
  compare: Comparison | undefined,
): Probe | undefined {
  if (file === undefined || select === undefined || compare === undefined) return undefined;
  const said = `${shorten(select)} is ${compare.operator === '=' ? '' : `${compare.operator} `}${compare.value}`;
  return { kind: 'sql', name: name ?? said, database: file, query: select, compare };
}

/** The file of a database: beside the experiment's file unless it is absolute or begins with a placeholder. */
function database(): Shape<string> {
  return made(
    text({ noun: 'a file', example: '${orders.data}/orders.db', check: checkVariables('probe') }),
    (file, reading) =>
      file.startsWith('${') || isAbsolutePath(file) ? file : resolveBeside(reading.source.file, file),
  );
}

function serviceName(): Shape<string> {
  return text({
    noun: "a service's name",
    example: 'inventory',
    check(node, reading) {
      reading.later(({ system }) => {
        if (system === undefined) return;
        checkService(
          node,
          reading,
          node.value,
          system.services.map(({ name }) => name),
        );
      });
    },
  });
}

/** Notes a service that the system does not have. */
export function checkService(
  node: SourceText,
  reading: Reading,
  name: string,
  services: readonly string[],
): void {
  if (services.includes(name)) return;
  const near = nearest(name, services);
  const mend = near === undefined ? `Its services are ${listed(services)}.` : `Did you mean \`${near}\`?`;
  reading.wrong(node.place, `The system has no service \`${shorten(name)}\`. ${mend}`);
}

function upperBound(): Shape<number> {
  const pattern = '^\\s*(<=?|≤|below|under|at most)?\\s*\\d+(\\.\\d+)?\\s*(ms|s|m|h)\\s*$';
  return {
    schema: { type: 'string', pattern, examples: ['< 300ms'] },
    read(node, reading) {
      if (node.kind === 'number' && reading.source.style === 'code' && node.value > 0) return node.value;
      const raw = node.kind === 'text' ? node.value : node.kind === 'number' ? node.raw : undefined;
      if (raw === undefined)
        return reading.wrong(node.place, `${unlike(node, 'an upper bound', reading)} Write \`< 300ms\`.`);
      const [, sign = '', amount = ''] = /^\s*([^\d.+-]*)(.*)$/s.exec(raw) ?? [];
      if (!['', '<', '<=', '≤', 'below', 'under', 'at most'].includes(sign.trim().toLowerCase())) {
        return reading.wrong(
          node.place,
          `\`p99\` has an upper bound. Write \`< ${shorten(amount, 20) || '300ms'}\`.`,
        );
      }
      const result = readQuantity('duration', amount, `p99: ${shorten(raw, 40)}`);
      if ('problem' in result) return reading.wrong(node.place, result.problem);
      return result.value > 0
        ? result.value
        : reading.wrong(node.place, 'Nothing answers in no time. Write `< 300ms`.');
    },
  };
}

function comparison(): Shape<Comparison> {
  const operators: Readonly<Record<string, Comparison['operator']>> = {
    '': '=',
    '=': '=',
    '==': '=',
    '<': '<',
    '<=': '<=',
    '>=': '>=',
    '>': '>',
  };
  return {
    schema: {
      anyOf: [
        { type: 'number' },
        { type: 'string', pattern: '^\\s*(<=?|>=?|==?)?\\s*-?\\d+(\\.\\d+)?\\s*$' },
      ],
      examples: [0, '>= 1'],
    },
    read(node: SourceNode, reading) {
      if (node.kind === 'number' && Number.isFinite(node.value)) return { operator: '=', value: node.value };
      const parts = node.kind === 'text' ? /^\s*([<>=]{0,2})\s*(-?\d+(?:\.\d+)?)\s*$/.exec(node.value) : null;
      const operator = parts === null ? undefined : operators[parts[1] ?? ''];
      if (operator !== undefined) return { operator, value: Number(parts?.[2]) };
      return reading.wrong(
        node.place,
        `${unlike(node, 'a number', reading)} Write \`1\`, or a comparison such as \`'>= 1'\`.`,
      );
    },
  };
}

/** An address without the signs of its placeholders, for people. */
export function plainly(url: string): string {
  return url.replaceAll(/\$\{([^}]*)\}/g, '$1');
}
