export { askProbe } from './ask-probe.ts';
export type { AskOptions, ProbeHost, ProbeResult } from './probe.ts';
