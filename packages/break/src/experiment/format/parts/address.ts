import { text } from '../shapes/scalar-shapes.ts';
import type { Shape } from '../shapes/shape.ts';
import { shorten } from '../source/source.ts';
import { checkVariables } from './variable-check.ts';

/** An address: a service's placeholder or `http://` in front. */
export function address(where: 'load' | 'probe'): Shape<string> {
  return text({
    noun: 'an address',
    example: '${gateway}/products',
    check(node, reading) {
      checkVariables(where)(node, reading);
      const problem = addressProblem(node.value);
      if (problem !== undefined) {
        reading.wrong(node.place, `\`${shorten(node.value)}\` is not an address. ${problem}`);
      }
    },
  });
}

/** An address without the signs of its placeholders, for people. */
export function plainly(url: string): string {
  return url.replaceAll(/\$\{([^}]*)\}/g, '$1');
}

function addressProblem(url: string): string | undefined {
  const service = /^\$\{([^}]*)\}/.exec(url);
  const name = service?.[1] ?? '';
  if (url.startsWith('/')) return `Write whose path it is: \`\${gateway}${shorten(url)}\`.`;
  if (service !== null && !name.endsWith('.data') && name !== 'uuid' && name !== 'n') {
    const path = url.slice(service[0].length);
    if (!/^([/?#]|$)/.test(path)) return `After \`${service[0]}\` comes a path, which begins with \`/\`.`;
    return /\s/.test(withoutVariables(path)) ? 'It has no spaces; write `%20` for one.' : undefined;
  }
  // An unclosed placeholder is noted where placeholders are checked.
  if (service === null && url.startsWith('${')) return undefined;
  const right =
    /^https?:\/\/[^/\s]/.test(url) &&
    URL.canParse(withoutVariables(url)) &&
    !/\s/.test(withoutVariables(url));
  return right
    ? undefined
    : 'It begins with a service, such as `${gateway}/products`, or with `http://`, and has no spaces.';
}

function withoutVariables(url: string): string {
  return url.replaceAll(/\$\{[^}]*\}?/g, '1');
}
