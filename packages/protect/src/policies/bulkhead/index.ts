export { bulkhead, type BulkheadOptions } from './bulkhead.ts';
export { BulkheadFullError } from './errors.ts';
export { Bulkhead } from './state.ts';
