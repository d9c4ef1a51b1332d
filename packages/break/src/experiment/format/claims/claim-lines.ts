import type { AbortCondition, Expectation } from '../../model.ts';
import { type ReadClaim, readClaim, type ReadCondition, readCondition } from './claim-grammar.ts';
import { unknownService } from '../parts/service-name.ts';
import { nearest } from '../shapes/nearest.ts';
import type { Known, Reading } from '../shapes/reading.ts';
import { listed } from '../shapes/reading.ts';
import { type Shape, unlike } from '../shapes/shape.ts';
import { placeWithin, shorten, type SourceText } from '../source/source.ts';
import { type Name, Stumble } from './words.ts';

/** An abort condition holds this long before it ends a run, unless the line says otherwise. */
const abortForMsDefault = 1_000;

/** A line is not read beyond this. */
const lineLengthMax = 300;

/** An expectation in one line, its names checked once system and load are known. */
export const claimLine: Shape<Expectation> = {
  schema: {
    type: 'string',
    examples: [
      'success rate of load >= 99%',
      'p99 of load < 300ms',
      'circuit-breaker inventory opens within 2s',
      'fallback inventory answers',
      'retry load of inventory <= 10%',
      'steady again within 5s',
    ],
  },
  read(node, reading) {
    const example = 'success rate of load >= 99%';
    if (node.kind !== 'text' || node.value.trim() === '') {
      return reading.wrong(node.place, unlike(node, 'one line of words', reading, example));
    }
    const read = understood(node, reading, readClaim);
    if (read === undefined) return undefined;
    checkNames(node, reading, read);
    return { text: onOneLine(node.value), line: reading.line(node.place), ...read.claim };
  },
};

/** An abort condition in one line. */
export const conditionLine: Shape<AbortCondition> = {
  schema: { type: 'string', examples: ['success rate of load < 50% for 3s'] },
  read(node, reading) {
    const example = 'success rate of load < 50% for 3s';
    if (node.kind !== 'text' || node.value.trim() === '') {
      return reading.wrong(node.place, unlike(node, 'one line of words', reading, example));
    }
    const read = understood(node, reading, readCondition);
    if (read === undefined) return undefined;
    reading.later((known) => checkLoad(node, reading, known, read.request));
    return {
      text: onOneLine(node.value),
      line: reading.line(node.place),
      measure: read.measure,
      request: read.request?.name,
      compare: read.compare,
      forMs: read.forMs ?? abortForMsDefault,
    };
  },
};

function understood<T extends ReadClaim | ReadCondition>(
  node: SourceText,
  reading: Reading,
  read: (line: string) => T,
): T | undefined {
  if (node.value.length > lineLengthMax) {
    return reading.wrong(
      node.place,
      `This line is too long: ${node.value.length} characters of at most ${lineLengthMax}.`,
    );
  }
  try {
    return read(node.value);
  } catch (error) {
    if (!(error instanceof Stumble)) throw error;
    const runOn =
      'This line runs on: the one below is indented further, and so belongs to it. Begin both in the same column.';
    return reading.wrong(placeWithin(node, error.start, error.length), node.runsOn ? runOn : error.message);
  }
}

function checkNames(node: SourceText, reading: Reading, { claim, request, service }: ReadClaim): void {
  if (claim.kind === 'load') reading.later((known) => checkLoad(node, reading, known, request));
  if (service === undefined) return;
  reading.later(({ system }) => {
    const services = system?.services.map(({ name }) => name);
    if (services === undefined || services.includes(service.name)) return;
    reading.wrong(at(node, service), unknownService(service.name, services));
  });
}

/** A claim about the load needs one, and a named request has to be in it. */
function checkLoad(node: SourceText, reading: Reading, { load }: Known, request: Name | undefined): void {
  if (load === 'broken') return;
  if (load === 'none') {
    const mend = 'Add a `load`, such as `load: { get: "${gateway}/products", rate: 50/s }`.';
    reading.wrongOnce(node.place, `This speaks of the load, but the experiment has none. ${mend}`);
    return;
  }
  const names = load.requests.map(({ name }) => name);
  if (request === undefined || names.includes(request.name)) return;
  // A request without a name of its own is shown by its address, and cannot be spoken of.
  const callable = ['load', ...names.filter((name) => !name.includes(' '))];
  const near = nearest(request.name, callable);
  const list =
    callable.length > 1 ? `There are ${listed(callable)}.` : 'Give one of its requests this `name`.';
  const mend = near === undefined ? list : `Did you mean \`${near}\`?`;
  reading.wrong(at(node, request), `The load has no request \`${shorten(request.name)}\`. ${mend}`);
}

function at(node: SourceText, name: Name): ReturnType<typeof placeWithin> {
  return placeWithin(node, name.start, name.name.length);
}

function onOneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}
