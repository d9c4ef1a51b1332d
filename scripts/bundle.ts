/**
 * Writes the JavaScript of `@seaworthy/protect`: one file an entry, and chunks for what entries share.
 *
 * The types come from tsc, file by file; the code does not, since opening a hundred small files is most of what an
 * import would cost. Names and lines are kept, so that a stack trace can be read.
 */
import { build } from 'esbuild';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'packages', 'protect');
const chunks = join(folder, 'dist', 'chunks');
const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
  exports: Readonly<Record<string, Readonly<Record<'@seaworthy/source', string>>>>;
};

rmSync(chunks, { recursive: true, force: true });
await build({
  absWorkingDir: folder,
  entryPoints: Object.values(exports).map((entry) => entry['@seaworthy/source']),
  outbase: 'src',
  outdir: 'dist',
  chunkNames: 'chunks/[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'neutral',
  external: ['node:*'],
  target: 'es2022',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
});
