export { SystemError } from './errors.ts';
export type { SystemErrorCode } from './errors.ts';
export type { InsideMeasure, ProcessLedger, ProcessNote, WatchChannel } from './needs.ts';
export type { ServiceExit, StopReport } from './service-options.ts';
export type { StartSystemOptions } from './start-options.ts';
export { startSystem } from './system.ts';
export type { RunningSystem } from './system.ts';
export { type NamespaceLink, namespaceLink, type NamespaceLinkOptions } from './network/namespace-link.ts';
export { type NetworkRightErrorCode, NetworkRightError } from './network/network-rights.ts';
