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

/** The members of every exported union whose name ends in `ErrorCode`. */
function codesInSource(): readonly string[] {
  return typeScriptFiles()
    .filter(isShipped)
    .filter((path) => textOf(path).includes('ErrorCode ='))
    .flatMap((path) =>
      statementsOf(path)
        .map((statement) => statement['declaration'] as Syntax | undefined)
        .filter(
          (declaration) =>
            declaration?.type === 'TsTypeAliasDeclaration' && nameOf(declaration).endsWith('ErrorCode'),
        )
        .flatMap((declaration) => [...nodesOf(declaration?.['typeAnnotation'])])
        .filter(({ type }) => type === 'StringLiteral')
        .map((literal) => String(literal['value'])),
    );
}

function nameOf(declaration: Syntax): string {
  return (declaration['id'] as { readonly value: string }).value;
}

/** Each code is the first cell of a row. */
function codesOnPage(): readonly string[] {
  return [...textOf(page).matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code ?? '');
}
