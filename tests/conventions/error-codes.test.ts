import { describe, expect, it } from 'vitest';
import { isShipped, nodesOf, statementsOf, type Syntax, textOf, typeScriptFiles } from './source-files.ts';

const page = 'docs/reference/errors.md';

describe(page, () => {
  const codes = codesInSource();

  it('tells the mend of every code that an error can have', () => {
    expect(codes.length).toBeGreaterThan(0);
    expect(codes.filter((code) => !codesOnPage().includes(code))).toEqual([]);
  });

  it('tells of no code that there is not', () => {
    expect(codesOnPage().filter((code) => !codes.includes(code))).toEqual([]);
  });
});

/** The members of every exported union whose name ends in `ErrorCode`, and the codes of errors that have just one. */
function codesInSource(): readonly string[] {
  return typeScriptFiles()
    .filter(isShipped)
    .filter((path) => /ErrorCode =|readonly code = /.test(textOf(path)))
    .flatMap((path) => {
      const nodes = [...nodesOf(statementsOf(path))];
      const unions = nodes
        .filter((node) => node.type === 'TsTypeAliasDeclaration' && nameOf(node['id']).endsWith('ErrorCode'))
        .map((union) => union['typeAnnotation']);
      const single = nodes
        .filter((node) => node.type === 'ClassProperty' && nameOf(node['key']) === 'code')
        .map((property) => property['value']);
      return [...nodesOf([...unions, ...single])];
    })
    .filter(({ type }) => type === 'StringLiteral')
    .map((literal) => String(literal['value']));
}

function nameOf(identifier: unknown): string {
  return String((identifier as Syntax)['value']);
}

/** Each code is the first cell of a row. */
function codesOnPage(): readonly string[] {
  return [...textOf(page).matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code ?? '');
}
