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
  groups: 'the calls between groups of services, such as `gateway, orders <-> payment`',
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
        else if (target.kind === 'groups') checkGroups(node, target, services, reading);
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
  const [, before, arrow = '', after] = /^(.+?)\s*(<-+>|<=>|↔|-+>|→|=>|\sto\s)\s*(.+)$/.exec(text) ?? [];
  if (before !== undefined && after !== undefined) {
    const left = namesIn(before);
    const right = namesIn(after);
    if (left === undefined || right === undefined) return undefined;
    const mutual = /^(<|↔)/.test(arrow);
    const [from = '', to = ''] = [left[0], right[0]];
    if (left.length === 1 && right.length === 1 && !mutual) return { kind: 'link', from, to };
    return { kind: 'groups', left, right, mutual };
  }
  if (/[\s>→,]/.test(text)) return undefined;
  return text === 'load' ? { kind: 'load' } : { kind: 'service', service: text };
}

/** The names of a group; `undefined` when it is none. */
function namesIn(text: string): readonly string[] | undefined {
  const names = text.split(',').map((name) => name.trim());
  return names.every((name) => /^[^\s<>→↔=]+$/.test(name)) ? names : undefined;
}

/** Notes the first service of a target that the system does not have. */
function knownServices(
  node: SourceText,
  target: Exclude<Target, { kind: 'load' }>,
  services: readonly ServiceDefinition[],
  reading: Reading,
): boolean {
  const names = services.map(({ name }) => name);
  const wanted = namesOf(target);
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown === undefined) return true;
  const second = target.kind !== 'service' && wanted[0] !== unknown;
  const start = second ? node.value.lastIndexOf(unknown) : node.value.indexOf(unknown);
  reading.wrong(placeWithin(node, start, unknown.length), unknownService(unknown, names));
  return false;
}

function namesOf(target: Exclude<Target, { kind: 'load' }>): readonly string[] {
  if (target.kind === 'service') return [target.service];
  return target.kind === 'link' ? [target.from, target.to] : [...target.left, ...target.right];
}

/** No service is on both sides, and at least one call goes from side to side. */
function checkGroups(
  node: SourceText,
  { left, right, mutual }: Extract<Target, { kind: 'groups' }>,
  services: readonly ServiceDefinition[],
  reading: Reading,
): void {
  const both = left.find((name) => right.includes(name));
  if (both !== undefined) {
    reading.wrong(node.place, `\`${both}\` is on both sides. Name it on one of them.`);
    return;
  }
  const calls = (from: readonly string[], to: readonly string[]): boolean =>
    services.some(
      ({ name, calls: callees }) => from.includes(name) && callees.some((one) => to.includes(one)),
    );
  if (calls(left, right) || (mutual && calls(right, left))) return;
  const mend = calls(right, left)
    ? 'Turn the arrow round, or write `<->`.'
    : 'Name services that call each other.';
  reading.wrong(
    node.place,
    `No service on the left of \`${shorten(node.value)}\` calls one on the right. ${mend}`,
  );
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
