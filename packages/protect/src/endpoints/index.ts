export type { Balance } from './choice.ts';
export type { EjectionReason, EjectionRules } from './ejection.ts';
export type { Endpoint, EndpointHealth } from './endpoint.ts';
export {
  type EndpointCounts,
  type EndpointHappening,
  type EndpointOutcome,
  EndpointSet,
  type EndpointSetRules,
} from './endpoint-set.ts';
export { type Endpoints, endpoints } from './endpoints.ts';
export { ServerNotFoundError } from './errors.ts';
export type { HealthCheck } from './health-checks.ts';
export { httpCheck, type HttpCheckOptions } from './http-check.ts';
export {
  type EjectionOptions,
  type EndpointsOptions,
  type EndpointsRules,
  type HealthOptions,
  readEndpointsOptions,
} from './options.ts';
export type {
  EndpointAddress,
  EndpointLike,
  EndpointSource,
  EndpointSourceLike,
  Listing,
} from './source.ts';
export type { EndpointCaller, Visit } from './visit.ts';
