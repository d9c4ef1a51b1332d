export { type ProxyServer, type ProxyServerOptions, startProxyServer } from './api/server.ts';
export { ProxyError, type ProxyErrorCode } from './errors.ts';
export { type ConnectionView, type Proxy, proxy, type ProxyCounters, type ProxyOptions } from './proxy.ts';
export { machineTime, type Time } from './time.ts';
export type { Attributes, AttributeValue, StreamName, ToxicAttribute, ToxicDescription } from './toxic.ts';
export { toxicKinds } from './toxic-kinds.ts';
export type { Toxic, ToxicChange, ToxicOptions } from './toxic-set.ts';
