/** The tree's own files, for the tests that hold them to the conventions. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from '@swc/core';

/** The folder of the whole workspace. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A node of the syntax tree, as far as the conventions look at one. */
export interface Syntax {
  readonly type: string;
  readonly [field: string]: unknown;
}

const notOurs = new Set(['node_modules', 'dist', 'coverage']);

/** Every file below a folder of the workspace, by its path from the root. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || notOurs.has(entry.name)) return [];
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** Every TypeScript file of the workspace. */
export function typeScriptFiles(): readonly string[] {
  return ['packages', 'apps', 'examples', 'tests', 'scripts', 'bench']
    .flatMap(filesBelow)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
}

/** What ships: not tests, not what only tests use. */
export function isShipped(path: string): boolean {
  return (
    /^(packages|apps)\/[^/]+\/src\//.test(path) &&
    !/\.test\.ts$|\.test-d\.ts$|\/(fixtures|testing)\/|\/sample-[^/]+$/.test(path)
  );
}

/** The text of a file. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The statements of a file. */
export function statementsOf(path: string): readonly Syntax[] {
  const module = parseSync(textOf(path), { syntax: 'typescript', target: 'esnext', comments: false });
  return module.body as unknown as readonly Syntax[];
}

/** Every node below a node, itself included. */
export function* nodesOf(node: unknown): Generator<Syntax> {
  if (Array.isArray(node)) {
    for (const item of node) yield* nodesOf(item);
  } else if (typeof node === 'object' && node !== null) {
    if ('type' in node && typeof node.type === 'string') yield node as Syntax;
    for (const field of Object.values(node)) yield* nodesOf(field);
  }
}
