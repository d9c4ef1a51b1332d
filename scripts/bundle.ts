/**
 * Writes the JavaScript of `@seaworthy/protect`: the kernel in one file, each entry in one, and chunks for what else
 * entries share.
 *
 * The types come from tsc, file by file; the code does not, since opening a hundred small files is most of what an
 * import would cost. Names and lines are kept, so that a stack trace can be read.
 */
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'packages', 'protect');
const source = join(folder, 'src');
const dist = join(folder, 'dist');
const kernelFile = join(dist, 'kernel.js');
const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
  exports: Readonly<Record<string, Readonly<Record<'@seaworthy/source', string>>>>;
};
/** What every entry stands on. */
const kernel = [...globSync('kernel/*.ts', { cwd: source }), 'pipeline.ts']
  .filter((file) => !file.endsWith('.test.ts'))
  .sort();
const entries = Object.values(exports).map((entry) => join(folder, entry['@seaworthy/source']));

/** What the file is called until it is known from where it is imported. */
const standIn = 'seaworthy:kernel';

const common = {
  absWorkingDir: folder,
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  external: ['node:*'],
  target: 'es2022',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
} as const satisfies BuildOptions;

rmSync(join(dist, 'chunks'), { recursive: true, force: true });
await build({
  ...common,
  stdin: { contents: kernel.map((file) => `export * from './${file}';`).join('\n'), resolveDir: source },
  outfile: kernelFile,
});
const { outputFiles } = await build({
  ...common,
  entryPoints: entries,
  outbase: source,
  outdir: dist,
  chunkNames: 'chunks/[hash]',
  splitting: true,
  plugins: [kernelFromOneFile()],
  write: false,
});
for (const { path, text } of outputFiles) {
  mkdirSync(dirname(path), { recursive: true });
  const way = relative(dirname(path), kernelFile);
  const code = text
    .replaceAll(`"${standIn}"`, JSON.stringify(way.startsWith('.') ? way : `./${way}`))
    // Loading a chunk for nothing but its effects is for code that has some.
    .replaceAll(/^import "[^"]+";\n/gm, '');
  writeFileSync(path, code);
}

/** Leads imports of the kernel's files to a name that stands for the one file that they were written to. */
function kernelFromOneFile(): Plugin {
  const inKernel = new Set(kernel.map((file) => join(source, file)));
  return {
    name: 'kernel-from-one-file',
    setup(setUp) {
      setUp.onResolve({ filter: /^\./ }, ({ path, resolveDir }) =>
        inKernel.has(join(resolveDir, path))
          ? { path: standIn, external: true, sideEffects: false }
          : undefined,
      );
    },
  };
}
