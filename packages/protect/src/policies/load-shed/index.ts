export { Codel } from './codel.ts';
export { LoadShedError, type ShedReason } from './errors.ts';
export { loadShed, type LoadShedOptions } from './load-shed.ts';
export { LoadShedder, type ShedRules, type ShedWaiter } from './state.ts';
