export type { PostgresClient, PostgresPool, PostgresRow } from './loan.ts';
export { postgresStore, type PostgresStoreOptions } from './postgres.ts';
export { type PostgresNames, postgresSchema } from './schema.ts';
