/**
 * The grammar of expectations and abort conditions: one claim a line, in words that can be read aloud.
 *
 *     success rate of load >= 99% [during the fault | after the fault | over the whole run]
 *     circuit-breaker inventory opens [of gateway] [within 2s] [after the fault]
 *     retry load of inventory [of gateway] <= 10%
 *     steady again within 5s
 */
import type { Claim, Comparison, LoadMeasure, LoadWindow } from '../../model.ts';
import { measures, measureSlips, type MeasureWords } from './measure-words.ts';
import { countedFrom, type PolicyWords, policyWords } from './policy-words.ts';
import { alternatives, type Name, Words } from './words.ts';

/** A line that was read: what it claims, and the names in it that the rest of the file must know. */
export interface ReadClaim {
  readonly claim: Claim;
  readonly request: Name | undefined;
  readonly service: Name | undefined;
}

/** An abort condition that was read. */
export interface ReadCondition {
  readonly measure: LoadMeasure;
  readonly compare: Comparison;
  readonly request: Name | undefined;
  readonly forMs: number | undefined;
}

const phases: Readonly<Record<string, LoadWindow['phase']>> = {
  'during the fault': 'fault',
  'during the faults': 'fault',
  'after the fault': 'after',
  'after the faults': 'after',
  'over the whole run': 'whole',
};

const policyNames = policyWords.flatMap(({ policy, alsoCalled }) => [policy, ...alsoCalled]);

const retryLoadExample = 'retry load of inventory <= 10%';
const steadyExample = 'steady again within 5s';
const neverSlips = { 'does not': 'never', "doesn't": 'never', 'must not': 'never', 'should not': 'never' };
const claimExamples: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(measures).map(([phrase, { example }]) => [phrase, example])),
  ...Object.fromEntries(
    policyWords.flatMap((known) =>
      [known.policy, ...known.alsoCalled].map((name) => [
        name,
        `${name} inventory ${Object.keys(known.verbs)[0]}`,
      ]),
    ),
  ),
  'retry load': retryLoadExample,
  'steady again': steadyExample,
};
const conditionExamples: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(measures).map(([phrase, { abortExample }]) => [phrase, abortExample]),
);

/** Reads an expectation. @throws Stumble where the line stops making sense */
export function readClaim(line: string): ReadClaim {
  const words = new Words(line, claimExamples['success rate'] ?? '');
  if (words.take(['retry load']) !== undefined) return retryLoad(words);
  const beginnings = [...Object.keys(measures), 'steady again', 'retry load', ...policyNames];
  const wanted =
    '`success rate`, `goodput`, `p99`, `steady again`, `retry load` or a policy such as `circuit-breaker`';
  // `inventory breaker opens` is how one says it; files may say it so too.
  const begun = words.take(beginnings);
  const named =
    begun === undefined && words.coming(policyNames, 1) !== undefined ? words.name('a name') : undefined;
  if (begun === undefined && named === undefined) withoutPolicy(words);
  const begin =
    begun ??
    words.expect(named === undefined ? beginnings : policyNames, wanted, {
      examples: claimExamples,
      slips: measureSlips,
    });
  if (begin === 'steady again') {
    words.example = steadyExample;
    words.expect(['within', 'in'], '`within`');
    const withinMs = words.amount('duration');
    words.end();
    return { claim: { kind: 'steady-again', withinMs }, request: undefined, service: undefined };
  }
  const measure = Object.hasOwn(measures, begin) ? measures[begin] : undefined;
  if (measure !== undefined) return loadClaim(words, measure);
  const known = policyWords.find(({ policy, alsoCalled }) => policy === begin || alsoCalled.includes(begin));
  if (known === undefined) return words.stumble('a policy', policyNames);
  return policyClaim(words, known, named);
}

/** Reads an abort condition. @throws Stumble where the line stops making sense */
export function readCondition(line: string): ReadCondition {
  const words = new Words(line, conditionExamples['success rate'] ?? '');
  const phrases = Object.keys(measures);
  const found =
    measures[
      words.expect(phrases, alternatives(phrases), { examples: conditionExamples, slips: measureSlips })
    ];
  if (found === undefined) return words.stumble(alternatives(phrases), phrases);
  words.example = found.abortExample;
  const { measure, compare, request } = loadComparison(words, found);
  const forMs = words.take(['for']) === undefined ? undefined : words.amount('duration');
  words.end();
  return { measure, compare, request, forMs };
}

/** `inventory opens` says what is done and not by whom. */
function withoutPolicy(words: Words): void {
  for (const { policy, verbs } of policyWords) {
    const verb = words.coming(Object.keys(verbs), 1);
    if (verb === undefined || words.coming(policyNames) !== undefined) continue;
    words.example = `${policy} inventory ${verb}`;
    words.stumble('a policy such as `circuit-breaker` or `fallback`', []);
  }
}

function loadClaim(words: Words, measure: MeasureWords): ReadClaim {
  words.example = measure.example;
  const { compare, request } = loadComparison(words, measure);
  const window = words.take(Object.keys(phases));
  if (window === undefined && !words.ended) {
    words.stumble(
      '`during the fault`, `after the fault`, `over the whole run` or the end of the line',
      Object.keys(phases),
    );
  }
  words.end();
  const phase = (window === undefined ? undefined : phases[window]) ?? 'fault';
  const claim: Claim = {
    kind: 'load',
    measure: measure.measure,
    compare,
    window: { phase, request: request?.name },
  };
  return { claim, request, service: undefined };
}

function loadComparison(
  words: Words,
  { measure, kind, example }: MeasureWords,
): { readonly measure: LoadMeasure; readonly compare: Comparison; readonly request: Name | undefined } {
  // `p99 latency of load` says the same.
  if (kind === 'duration') words.take(['latency']);
  words.expect(['of']);
  const name = words.name('`load`, or the name of one request of the load,');
  const compare = words.comparison(
    kind,
    kind === 'fraction' ? 1 : undefined,
    example.split(' of load ')[1] ?? '',
  );
  return { measure, compare, request: name.name.toLowerCase() === 'load' ? undefined : name };
}

function retryLoad(words: Words): ReadClaim {
  words.example = retryLoadExample;
  words.expect(['of']);
  const pipeline = words.name("a pipeline's name");
  const service = serviceOf(words);
  const compare = words.comparison('fraction', undefined, '<= 10%');
  words.end();
  const claim: Claim = { kind: 'retry-load', pipeline: pipeline.name, service: service?.name, compare };
  return { claim, request: undefined, service };
}

function policyClaim(
  words: Words,
  { policy, verbs, denials }: PolicyWords,
  named: Name | undefined,
): ReadClaim {
  const [verbExample = ''] = Object.keys(verbs);
  words.example = `${policy} inventory ${verbExample}`;
  const allVerbs = [...Object.keys(verbs), ...Object.keys(denials), 'never'];
  const pipeline = named ?? pipelineName(words, allVerbs);
  let service = serviceOf(words);
  const never = words.take(['never']) !== undefined;
  const phrases = never ? Object.keys(verbs) : allVerbs;
  const verb = words.expect(phrases, alternatives(phrases), { slips: never ? {} : neverSlips });
  const denied = Object.hasOwn(denials, verb);
  const eventType = denied ? denials[verb] : verbs[verb];
  if (eventType === undefined) return words.stumble('what it does', phrases);
  words.example = `${policy} inventory ${never ? 'never ' : ''}${verb}${never || denied ? ' of gateway' : ' within 2s'}`;
  const rest = ending(words, [
    ...(never || denied ? [] : ['within']),
    ...(service === undefined ? ['of', 'in'] : []),
    'after the fault',
  ]);
  service ??= rest.service;
  const since = rest.after ? 'fault-ended' : countedFrom(eventType, rest.withinMs !== undefined);
  const claim: Claim = {
    kind: 'policy',
    policy,
    pipeline: pipeline.name,
    service: service?.name,
    eventType,
    since,
    withinMs: rest.withinMs,
    occurs: never || denied ? 'never' : 'at-least-once',
  };
  return { claim, request: undefined, service };
}

/** A pipeline's name, and not the verb before which it was left out. */
function pipelineName(words: Words, verbs: readonly string[]): Name {
  words.take(['for']);
  const left = words.coming(verbs) !== undefined && words.coming([...verbs, 'of', 'in'], 1) === undefined;
  return left ? words.stumble("a pipeline's name", []) : words.name("a pipeline's name");
}

/** What may follow what a policy does, in any order, each once. */
function ending(
  words: Words,
  allowed: readonly string[],
): { readonly withinMs: number | undefined; readonly after: boolean; readonly service: Name | undefined } {
  let left = allowed;
  let withinMs: number | undefined;
  let after = false;
  let service: Name | undefined;
  while (!words.ended) {
    const shown = [...left.map((phrase) => `\`${phrase}\``), 'the end of the line'];
    const taken = words.expect(left, `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`);
    left = left.filter(
      (phrase) =>
        phrase !== taken && !(taken === 'of' && phrase === 'in') && !(taken === 'in' && phrase === 'of'),
    );
    if (taken === 'within' || (taken === 'in' && words.atNumber)) withinMs = words.amount('duration');
    else if (taken === 'after the fault') after = true;
    else service = words.name("a service's name");
  }
  return { withinMs, after, service };
}

function serviceOf(words: Words): Name | undefined {
  return words.take(['of', 'in']) === undefined ? undefined : words.name("a service's name");
}
