import { describe, expect, it } from 'vitest';
import { isShipped, nodesOf, statementsOf, type Syntax, typeScriptFiles } from './source-files.ts';

/** What reads the real world's time or chance; everything else is handed a clock, timers and a random. */
const banned = new Set([
  'Date.now',
  'new Date',
  'performance.now',
  'Math.random',
  'setTimeout',
  'setInterval',
  'setImmediate',
]);

/** The edges where the real world comes in, each with what it reads. */
const edges: Readonly<Record<string, readonly string[]>> = {
  'packages/protect/src/kernel/clock.ts': ['performance.now'],
  'packages/protect/src/kernel/timers.ts': ['setTimeout'],
  'packages/protect/src/kernel/random.ts': ['Math.random'],
  // A process of its own, which has nobody to hand it a clock.
  'packages/break/src/journal/watchdog/main.ts': ['node:timers', 'performance.now'],
  // A thread of its own; and what it imports must be found without the export conditions of whoever starts it.
  'packages/break/src/load/thread/main.ts': ['node:timers', 'performance.now', 'setTimeout'],
};

describe('shipped code', () => {
  it('reads time, timers and chance only at the listed edges', () => {
    const found = new Map<string, readonly string[]>();
    for (const path of typeScriptFiles().filter(isShipped)) {
      const calls = [...new Set(callsOf(path))].filter((name) => banned.has(name) || name === 'node:timers');
      if (calls.length > 0) found.set(path, calls.toSorted());
    }
    expect(Object.fromEntries(found)).toEqual(edges);
  });

  it('keeps no state at module level, but where a module is a process', () => {
    const found = typeScriptFiles()
      .filter((path) => isShipped(path) && !path.endsWith('/main.ts'))
      .filter((path) => statementsOf(path).some(isMutableState));
    expect(found).toEqual([]);
  });
});

function callsOf(path: string): readonly string[] {
  const names: string[] = [];
  for (const node of nodesOf(statementsOf(path))) {
    if (node.type === 'CallExpression') names.push(nameOf(node['callee'] as Syntax));
    if (node.type === 'NewExpression' && !hasArguments(node))
      names.push(`new ${nameOf(node['callee'] as Syntax)}`);
    if (node.type === 'ImportDeclaration') {
      const source = (node['source'] as { readonly value: string }).value;
      if (/^(node:)?timers(\/promises)?$/.test(source)) names.push('node:timers');
    }
  }
  return names;
}

function hasArguments(node: Syntax): boolean {
  return Array.isArray(node['arguments']) && node['arguments'].length > 0;
}

/** `Date.now` of `Date.now()` and of `globalThis.Date.now()`. */
function nameOf(callee: Syntax): string {
  if (callee.type === 'Identifier') return String(callee['value']);
  if (callee.type !== 'MemberExpression') return '';
  const object = nameOf(callee['object'] as Syntax);
  const property = callee['property'] as Syntax;
  const name = property.type === 'Identifier' ? String(property['value']) : '';
  return object === 'globalThis' || object === '' ? name : `${object}.${name}`;
}

function isMutableState(statement: Syntax): boolean {
  const declaration = (
    statement.type === 'ExportDeclaration' ? statement['declaration'] : statement
  ) as Syntax;
  return declaration.type === 'VariableDeclaration' && declaration['kind'] !== 'const';
}
