import type { Comparison, Probe } from '../../model.ts';
import { timeoutMsDefault, timeoutMsMax } from '../limits.ts';
import { type Key, object, variant } from '../shapes/map-shapes.ts';
import { anyText, choice, number, quantity, text } from '../shapes/scalar-shapes.ts';
import { made, type Shape } from '../shapes/shape.ts';
import { isAbsolutePath, resolveBeside } from '../source/paths.ts';
import { shorten } from '../source/source.ts';
import { address, plainly } from './address.ts';
import { serviceName } from './service-name.ts';
import { comparison, upperBound } from './tolerance-shapes.ts';
import { checkVariables } from './variable-check.ts';

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

const http = made(
  object('this http probe', 'probe: http', {
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
  object('this process probe', 'probe: process', {
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
  object('this sql probe', 'probe: sql', {
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
  object('this query', 'sql: SELECT count(*) FROM orders', {
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
export const probe: Shape<Probe> = variant<Probe>('this probe', 'probe', { http, process, sql });

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
