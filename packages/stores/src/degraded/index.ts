export { degradedStore, type DegradedStoreOptions } from './degraded.ts';
