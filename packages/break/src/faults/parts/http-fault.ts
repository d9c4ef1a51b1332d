import type { FaultKind, FaultOption } from '../fault.ts';
import { aimedLinks, showLink } from './aim.ts';
import { answerWithinMs, ask, showAnswer } from './ask.ts';
import { beginFault } from './begin-fault.ts';
import { linkToxics } from './link-toxics.ts';

/** Which requests a fault hits. */
export interface HttpFaultOptions extends Readonly<Record<string, unknown>> {
  readonly method: string;
  readonly path: string;
  readonly header: string;
  /** How many requests are hit before it stops; 0 is all. */
  readonly first: number;
  /** The fraction of those requests that is hit. */
  readonly share: number;
}

/** How the faults of HTTP differ. */
export interface HttpFault<Options extends HttpFaultOptions> {
  readonly name: string;
  readonly summary: string;
  /** Its own options, beside those that choose requests. */
  readonly options: readonly FaultOption[];
  /** The toxic that does it. */
  toxic(options: Options): {
    readonly type: string;
    readonly stream: 'upstream' | 'downstream';
    readonly attributes: Readonly<Record<string, unknown>>;
    /** How much longer than usual the control's question may take, in milliseconds. */
    readonly laterMs?: number;
  };
}

/** The half of an exchange that a fault is about. */
export type HttpHalf = 'reply' | 'request';

/** The option `what`, for faults that can be about either half. */
export function halfOption(summary: string): FaultOption {
  return { name: 'what', type: 'choice', choices: ['reply', 'request'], default: 'reply', summary };
}

/** The stream that a half goes over. */
export function streamOf(what: HttpHalf): 'upstream' | 'downstream' {
  return what === 'reply' ? 'downstream' : 'upstream';
}

/** Any text, in the options that choose requests. */
const any = '*';

const choosing: readonly FaultOption[] = [
  {
    name: 'method',
    type: 'choice',
    choices: ['any', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    default: 'any',
    summary: 'the method of the requests that it hits',
  },
  {
    name: 'path',
    type: 'text',
    default: any,
    summary: 'their path without the query; `*` stands for any text, as in `/orders/*`',
  },
  {
    name: 'header',
    type: 'text',
    default: any,
    summary: 'a header that they have, as `name` or `name: value`; `*` stands for any text',
  },
  { name: 'first', type: 'count', default: 0, summary: 'how many are hit before it stops; 0 is all' },
  {
    name: 'share',
    type: 'fraction',
    default: 1,
    least: 0.01,
    summary: 'the share of those requests that is hit',
  },
];

/**
 * Makes a fault that hits chosen HTTP/1 requests. The control measurement counts the requests that were hit: those of
 * the services, and the lab's own questions for the ready path where they are among the chosen ones.
 */
export function httpFault<Options extends HttpFaultOptions>(
  described: HttpFault<Options>,
): FaultKind<Options> {
  const { name, summary, options } = described;
  return {
    name,
    summary,
    targets: ['link', 'service', 'groups'],
    options: [...options, ...choosing],
    async inject(fault, host) {
      const links = aimedLinks(name, fault.target, host);
      const { method, path, header, first, share } = fault.options;
      const { type, stream, attributes: own, laterMs = 0 } = described.toxic(fault.options);
      const attributes = {
        ...own,
        method: method === 'any' ? '' : method,
        path: path === any ? '' : path,
        header: header === any ? '' : header,
        first,
      };
      const toxics = linkToxics(fault.id, links, [{ type, stream, attributes, share }]);
      const before = await Promise.all(links.map((link) => ask(link, answerWithinMs)));

      return beginFault(fault, host, {
        // The links are the lab's own, and gone when it is.
        steps: [],
        begin: () => toxics.begin(),
        end: () => toxics.end(),
        async observe() {
          const during = await Promise.all(links.map((link) => ask(link, answerWithinMs + laterMs)));
          const hit = toxics.requestsHit();
          return {
            measure: `requests hit over ${links.map(showLink).join(', ')}, and a question for the ready path`,
            before: `0, ${before.map(showAnswer).join('; ')}`,
            during: `${hit}, ${during.map(showAnswer).join('; ')}`,
            bites: toxics.on() && hit > 0,
          };
        },
      });
    },
  };
}
