import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('a bundle that imports one thing', () => {
  it.each([
    ['protectFetch', 'fetch'],
    ['readIncoming', 'incoming'],
  ])('has no policy in it for %s', async (name, file) => {
    const files = await filesFor(name, '@seaworthy/protect/http');
    expect(files.filter((file) => /src\/(policies|pipeline)|dispatch|^node:/.test(file))).toEqual([]);
    expect(files).toContain(`packages/protect/src/http/${file}.ts`);
  });

  it('has nothing of HTTP in it for a pipeline', async () => {
    const files = await filesFor('pipeline, retry', '@seaworthy/protect');
    expect(files.filter((file) => /src\/http|src\/idempotency|^node:/.test(file))).toEqual([]);
  });
});

/** The files of which something is in the bundle. */
async function filesFor(names: string, entry: string): Promise<readonly string[]> {
  const { metafile } = await build({
    stdin: { contents: `export { ${names} } from '${entry}'`, resolveDir: root },
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    conditions: ['@seaworthy/source'],
    external: ['node:*'],
    write: false,
    metafile: true,
  });
  const [output] = Object.values(metafile.outputs);
  const used = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return [...used.map(([file]) => file), ...(output?.imports ?? []).map(({ path }) => path)];
}
