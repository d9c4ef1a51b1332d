export { postgresLimits, type PostgresLimits, type PostgresLimitsOptions } from './limits.ts';
export { postgresLimitsSchema } from './limits-schema.ts';
export type { PostgresClient, PostgresPool, PostgresRow } from './loan.ts';
export { postgresStore, type PostgresStoreOptions } from './postgres.ts';
export { type PostgresNames, postgresSchema } from './schema.ts';
