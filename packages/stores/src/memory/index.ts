export { memoryLimits, type MemoryLimitsOptions } from './limits.ts';
export { memoryStore, type MemoryStoreOptions } from './memory.ts';
