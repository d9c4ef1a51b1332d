export { deadline } from './deadline.ts';
