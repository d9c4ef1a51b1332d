import type { TcpProxy } from '../tcp-proxy.ts';
import type { AttributeValue, ToxicAttribute } from '../toxic.ts';
import type { LiveToxic } from '../toxic-set.ts';

/** Text as a JSON string; letters that mean something in HTML are escaped, as Toxiproxy does. */
export function jsonString(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A toxic, keys in Toxiproxy's order. */
export function jsonToxic(toxic: LiveToxic): string {
  const attributes = toxic.kind.attributes.map(
    (attribute) =>
      `${jsonString(attribute.name)}:${jsonAttribute(attribute, toxic.attributes[attribute.name])}`,
  );
  return (
    `{"attributes":{${attributes.join(',')}},"name":${jsonString(toxic.name)},"type":${jsonString(toxic.kind.type)},` +
    `"stream":${jsonString(toxic.streamAsGiven)},"toxicity":${jsonFloat32(toxic.toxicity)}}`
  );
}

/** A list of toxics. */
export function jsonToxics(toxics: readonly LiveToxic[]): string {
  return `[${toxics.map(jsonToxic).join(',')}]`;
}

/** A proxy with its toxics, keys in Toxiproxy's order. */
export function jsonProxy(proxy: TcpProxy): string {
  return (
    `{"name":${jsonString(proxy.name)},"listen":${jsonString(proxy.listen)},"upstream":${jsonString(proxy.upstream)},` +
    `"enabled":${proxy.enabled},"Logger":{},"toxics":${jsonToxics(proxy.toxicSet.all())}}`
  );
}

function jsonAttribute(attribute: ToxicAttribute, value: AttributeValue | undefined): string {
  const shown = value ?? attribute.default;
  return typeof shown === 'string' ? jsonString(shown) : String(shown);
}

/** A 32-bit number with as few digits as tell it from its neighbours. */
function jsonFloat32(value: number): string {
  const single = Math.fround(value);
  if (Object.is(single, -0)) return '-0';
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return String(short);
  }
  return String(Number(single.toPrecision(9)));
}
