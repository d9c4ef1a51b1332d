/**
 * Holds the imports to the directions of ARCHITECTURE.md.
 *
 * dependency-cruiser reports success also when its parser fits no file, so the modules it saw are held against the
 * source files of the tree.
 */
import { readdirSync } from 'node:fs';
import { type Ended, execute } from './step.ts';

const folders = ['packages', 'apps', 'examples', 'bench', 'tests', 'scripts'];

interface Cruise {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string; readonly severity: string };
      readonly cycle?: readonly { readonly name: string }[];
    }[];
  };
}

/** Checks every import of the tree. */
export async function checkImports(): Promise<Ended & { note: string }> {
  const { code, output } = await execute('depcruise', [
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
    ...folders,
  ]);
  const start = output.indexOf('{');
  if (start < 0) return { code: code || 1, output, note: '' };
  const { modules, summary } = JSON.parse(output.slice(start)) as Cruise;
  const problems = summary.violations.map(({ from, to, rule, cycle }) => {
    const path = [from, ...(cycle?.map((link) => link.name) ?? [to])];
    return `${rule.name}: ${path.join(' -> ')}`;
  });
  const seen = new Set(modules.map((module) => module.source));
  for (const file of folders.flatMap(sourcesIn)) {
    if (!seen.has(file)) problems.push(`not-looked-at: dependency-cruiser did not see ${file}`);
  }
  return {
    code: problems.length === 0 ? 0 : 1,
    output: problems.join('\n'),
    note: `${seen.size} modules`,
  };
}

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory())
      return /^(node_modules|dist|fixtures|\..*)$/.test(entry.name) ? [] : sourcesIn(path);
    return /(?<!\.d)\.(ts|mjs|cjs|js)$/.test(entry.name) ? [path] : [];
  });
}
