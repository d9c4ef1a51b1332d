import type { FaultKind } from '../../../faults/fault.ts';
import type { ServiceDefinition, Target } from '../../model.ts';
import { listed, type Reading } from '../shapes/reading.ts';
import { text } from '../shapes/scalar-shapes.ts';
import type { Shape } from '../shapes/shape.ts';
import { placeWithin, shorten, type SourceText } from '../source/source.ts';
import { unknownService } from './service-name.ts';

/** The kinds of targets, as messages name them. */
export const targetForms: Readonly<Record<Target['kind'], string>> = {
  service: 'a service such as `inventory`',
  link: 'the calls between two services, such as `gateway -> payment`',
  load: '`load`',
};

/** A target, checked against the system: the service, or the link that the caller declares in its `calls`. */
export function targetOf({ name: fault, targets }: Pick<FaultKind, 'name' | 'targets'>): Shape<Target> {
  const shape = text({
    noun: 'a target',
    example: targets.includes('service') ? 'inventory' : 'gateway -> payment',
  });
  const forms = targets.map((kind) => targetForms[kind]).join(', or ');
  return {
    schema: shape.schema,
    read(node, reading) {
      const value = shape.read(node, reading);
      if (value === undefined || node.kind !== 'text') return undefined;
      const target = parseTarget(value);
      if (target === undefined) {
        return reading.wrong(
          node.place,
          `\`${shorten(value)}\` is no target. \`${fault}\` is aimed at ${forms}.`,
        );
      }
      if (!targets.includes(target.kind)) {
        return reading.wrong(node.place, `\`${fault}\` is aimed at ${forms}, not at \`${shorten(value)}\`.`);
      }
      reading.later((known) => {
        if (target.kind === 'load' && known.load === 'none') reading.wrong(node.place, needsLoad(fault));
        if (known.system === undefined || target.kind === 'load') return;
        const { services } = known.system;
        if (!knownServices(node, target, services, reading)) return;
        if (target.kind === 'link') checkLink(node, target, services, reading);
        else if (targets.includes('link')) checkCalled(node, fault, target.service, services, reading);
      });
      return target;
    },
  };
}

/** Says that a fault on the load has none to act on. */
export function needsLoad(fault: string): string {
  const mend = 'Add a `load`, such as `load: { get: "${gateway}/products", rate: 50/s }`.';
  return `\`${fault}\` needs a load, but the experiment has none. ${mend}`;
}

function parseTarget(value: string): Target | undefined {
  const text = value.trim();
  const [, from, to] = /^([^\s>→]+?)\s*(?:-+>|→|=>|\sto\s)\s*([^\s>→]+)$/.exec(text) ?? [];
  if (from !== undefined && to !== undefined) return { kind: 'link', from, to };
  if (/[\s>→]/.test(text)) return undefined;
  return text === 'load' ? { kind: 'load' } : { kind: 'service', service: text };
}

/** Notes the first service of a target that the system does not have. */
function knownServices(
  node: SourceText,
  target: Exclude<Target, { kind: 'load' }>,
  services: readonly ServiceDefinition[],
  reading: Reading,
): boolean {
  const names = services.map(({ name }) => name);
  const wanted = target.kind === 'service' ? [target.service] : [target.from, target.to];
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown === undefined) return true;
  const second = target.kind === 'link' && names.includes(target.from);
  const start = second ? node.value.lastIndexOf(unknown) : node.value.indexOf(unknown);
  reading.wrong(placeWithin(node, start, unknown.length), unknownService(unknown, names));
  return false;
}

function checkLink(
  node: SourceText,
  { from, to }: Extract<Target, { kind: 'link' }>,
  services: readonly ServiceDefinition[],
  reading: Reading,
): void {
  const calls = services.find(({ name }) => name === from)?.calls ?? [];
  if (calls.includes(to)) return;
  const where = `\`calls\` of \`${from}\` in the system file`;
  const mend =
    calls.length === 0
      ? `It declares no calls. Add it to ${where}.`
      : `It calls ${listed(calls)}. Choose one of them, or add it to ${where}.`;
  reading.wrong(node.place, `\`${from}\` does not call \`${to}\`. ${mend}`);
}

/** A fault of links that is aimed at a service acts on every link to it; there has to be one. */
function checkCalled(
  node: SourceText,
  fault: string,
  name: string,
  services: readonly ServiceDefinition[],
  reading: Reading,
): void {
  if (services.some(({ calls }) => calls.includes(name))) return;
  const called = services.filter((service) => services.some(({ calls }) => calls.includes(service.name)));
  const mend =
    called.length === 0
      ? ''
      : ` Services that others call are ${listed(called.map((service) => service.name))}.`;
  reading.wrong(node.place, `\`${fault}\` acts on the calls to \`${name}\`, but no service calls it.${mend}`);
}
