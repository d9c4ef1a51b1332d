export { sqliteStore, type SqliteStoreOptions } from './sqlite.ts';
