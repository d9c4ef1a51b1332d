import { nearest } from '../shapes/nearest.ts';
import { listed } from '../shapes/reading.ts';
import { text } from '../shapes/scalar-shapes.ts';
import type { Shape } from '../shapes/shape.ts';
import { shorten } from '../source/source.ts';

/** The name of a service, which the system has to have. */
export function serviceName(): Shape<string> {
  return text({
    noun: "a service's name",
    example: 'inventory',
    check(node, reading) {
      reading.later(({ system }) => {
        const services = system?.services.map(({ name }) => name);
        if (services === undefined || services.includes(node.value)) return;
        reading.wrong(node.place, unknownService(node.value, services));
      });
    },
  });
}

/** Says of a service that the system does not have it, and which one was probably meant. */
export function unknownService(name: string, services: readonly string[]): string {
  const near = nearest(name, services);
  const mend = near === undefined ? `Its services are ${listed(services)}.` : `Did you mean \`${near}\`?`;
  return `The system has no service \`${shorten(name)}\`. ${mend}`;
}
