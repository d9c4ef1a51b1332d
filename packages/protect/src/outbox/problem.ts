import { describeProblem, type Problem, type ProblemTable } from '../kernel/problem.ts';

const problems: ProblemTable = {
  CLIENT_HEADERS_INVALID: [400, 'Seaworthy-Client or Seaworthy-Epoch cannot be read'],
  STALE_EPOCH: [409, 'The client has begun a newer life since'],
  DEADLINE_EXCEEDED: [504, 'The deadline of the request has passed'],
};

/** What to answer for an error of an epoch guard or of `readClient`; `undefined` for every other error. */
export function epochProblem(error: unknown): Problem | undefined {
  return describeProblem(problems, error);
}
