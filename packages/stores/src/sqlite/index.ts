export { sqliteLimits, type SqliteLimits, type SqliteLimitsOptions } from './limits.ts';
export { sqliteStore, type SqliteStoreOptions } from './sqlite.ts';
