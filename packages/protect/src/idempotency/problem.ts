import { describeProblem, type Problem, type ProblemTable } from '../kernel/problem.ts';

const problems: ProblemTable = {
  IDEMPOTENCY_KEY_INVALID: [400, 'Idempotency-Key is missing or is none'],
  IDEMPOTENCY_KEY_REUSED: [422, 'Idempotency-Key was used for another request'],
  IDEMPOTENCY_IN_FLIGHT: [409, 'A request with this Idempotency-Key is still at work'],
  IDEMPOTENCY_LEASE_LOST: [409, 'Another server took over the request with this Idempotency-Key'],
  IDEMPOTENCY_FAILURE_REPLAYED: [500, 'The request with this Idempotency-Key failed'],
  STORE_UNAVAILABLE: [503, 'Requests cannot be recorded at the moment'],
};

/** What to answer for an error of a once-only handler; `undefined` for every other error. */
export function idempotencyProblem(error: unknown): Problem | undefined {
  return describeProblem(problems, error);
}
