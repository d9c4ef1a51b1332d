export { loadGameDay } from './format.ts';
export { gameDayJsonSchema } from './format-json-schema.ts';
