export { loadGameDay } from './format.ts';
export { gameDayJsonSchema } from './format-json-schema.ts';
export { runGameDay } from './run.ts';
export type { GameDayOptions, GameDayOutcome, StartedSystem } from './run-ports.ts';
