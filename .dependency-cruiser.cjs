/** The allowed directions of imports; ARCHITECTURE.md has the table that this file makes true. */
// The visitor by which dependency-cruiser walks swc's tree does not know `using` yet, and stops the whole cruise at one.
const { Visitor } = require('@swc/core/Visitor.js');
const { visitStatement } = Visitor.prototype;
Visitor.prototype.visitStatement = function (statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement);
  this.visitVariableDeclarators(statement.decls);
  return statement;
};

const protect = '^packages/protect/src';
const rule = (name, from, to) => ({ name, severity: 'error', from, to });

module.exports = {
  forbidden: [
    rule('no-circles', {}, { circular: true }),
    rule('not-to-unresolvable', {}, { couldNotResolve: true }),
    rule(
      'protect-has-no-dependency',
      { path: protect, pathNot: '\\.test\\.ts$' },
      { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer'] },
    ),
    rule(
      'protect-imports-protect',
      { path: '^packages/protect/' },
      { path: '^(packages/(?!protect)|apps|examples)' },
    ),
    rule(
      'kernel-imports-nothing',
      { path: `${protect}/kernel/`, pathNot: '\\.test\\.ts$' },
      { pathNot: `${protect}/kernel/` },
    ),
    rule(
      'endpoints-import-kernel',
      { path: `${protect}/endpoints/`, pathNot: '\\.test\\.ts$' },
      { path: `${protect}/`, pathNot: [`${protect}/kernel/`, `${protect}/endpoints/`] },
    ),
    rule(
      'runs-without-node',
      {
        path: `${protect}/(kernel|policies|http|endpoints)/`,
        pathNot: '(\\.test\\.ts$|/fixtures/|/endpoints/dns\\.ts$)',
      },
      { dependencyTypes: ['core'] },
    ),
    rule(
      'policies-import-kernel',
      { path: `${protect}/policies/([^/]+)/`, pathNot: '\\.test\\.ts$' },
      { path: `${protect}/`, pathNot: [`${protect}/kernel/`, `${protect}/policies/$1/`] },
    ),
    rule(
      'pipelines-and-testing-import-kernel',
      { path: `${protect}/(pipelines?\\.ts$|testing/)`, pathNot: '\\.test\\.ts$' },
      { path: `${protect}/`, pathNot: `${protect}/(kernel|testing)/` },
    ),
    rule(
      'shared-imports-policies',
      { path: `${protect}/shared/`, pathNot: '\\.test\\.ts$' },
      { path: `${protect}/`, pathNot: `${protect}/(kernel|policies|shared)/` },
    ),
    rule(
      'nobody-pays-for-shared',
      { path: `${protect}/`, pathNot: `${protect}/shared/` },
      { path: `${protect}/shared/` },
    ),
    rule(
      'http-imports',
      { path: `${protect}/http/`, pathNot: '\\.test\\.ts$' },
      { path: `${protect}/`, pathNot: `${protect}/(kernel|idempotency|http|pipelines?\\.ts)` },
    ),
    rule(
      'idempotency-imports-kernel',
      { path: `${protect}/idempotency/`, pathNot: '\\.test\\.ts$' },
      { path: `${protect}/`, pathNot: `${protect}/(kernel|idempotency)/` },
    ),
    rule(
      'outbox-imports-idempotency',
      { path: `${protect}/outbox/`, pathNot: '\\.test\\.ts$' },
      { path: `${protect}/`, pathNot: `${protect}/(kernel|idempotency|outbox)/` },
    ),
    rule(
      'watch-imports-protect',
      { path: '^packages/watch/' },
      { path: '^(packages/(break|learn|stores)|apps|examples)' },
    ),
    rule(
      'stores-import-protect',
      { path: '^packages/stores/' },
      { path: '^(packages/(break|learn|watch)|apps|examples)' },
    ),
    rule('break-imports', { path: '^packages/break/' }, { path: '^(packages/(learn|stores)|apps|examples)' }),
    rule(
      'faults-know-no-other',
      { path: '^packages/break/src/faults/', pathNot: '(index|faults|\\.test)\\.ts$' },
      { path: '^packages/break/src/(?!faults/(fault\\.ts|parts/)|experiment/model\\.ts)' },
    ),
    rule(
      'back-ends-import-faults',
      { path: '^packages/break/src/(inject|proxy|targets|load|probes)/', pathNot: '\\.test\\.ts$' },
      {
        path: '^packages/break/src/(experiment/(?!model)|journal/(?!record|latency-histogram)|gameday)',
      },
    ),
    rule(
      'learn-imports',
      { path: '^packages/learn/' },
      { path: '^(packages/stores|packages/break/src/(?!journal)|apps|examples)' },
    ),
    rule('nobody-imports-apps', { path: '^(packages|examples)/' }, { path: '^apps/' }),
    rule('nobody-imports-examples', { path: '^(packages|apps)/' }, { path: '^examples/' }),
    rule(
      'not-through-the-own-index',
      { path: '^((?:packages|apps|examples)/.+/)[^/]+\\.ts$', pathNot: '(index|main|\\.test)\\.ts$' },
      { path: '^$1index\\.ts$' },
    ),
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|fixtures)/' },
    enhancedResolveOptions: {
      conditionNames: ['@seaworthy/source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
