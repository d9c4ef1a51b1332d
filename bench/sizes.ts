/** What importing the package weighs, in bytes and in time. */
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { median } from './measure.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Whether the package was built: what is published is what is weighed. */
export const isBuilt = (): boolean => existsSync(join(root, 'packages/protect/dist/index.js'));

/** Bytes of a bundle that uses these exports of the built package, all where none is named; minified and gzipped. */
export async function bundleBytes(names: readonly string[], entry = '@seaworthy/protect'): Promise<number> {
  const contents = `export ${names.length === 0 ? '*' : `{ ${names.join(', ')} }`} from '${entry}'`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
}

/** Milliseconds that `import '@seaworthy/protect'` takes in a fresh process, from the built package. */
export function importMs(): number {
  const script =
    "const t = performance.now(); await import('@seaworthy/protect'); console.log(performance.now() - t)";
  const times = Array.from({ length: 9 }, () =>
    Number(
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, encoding: 'utf8' }),
    ),
  );
  return median(times);
}
