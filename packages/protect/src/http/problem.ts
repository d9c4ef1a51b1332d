/** What went wrong, in the words of RFC 9457; with whatever else the other side added. */
export interface ProblemDetails {
  /** The kind of problem, as a URI; `about:blank` says no more than the status. */
  readonly type: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly instance?: string;
  readonly [extension: string]: unknown;
}

/**
 * Reads the body of a response that has problem details (`application/problem+json`); `undefined` for any other, whose
 * body is left alone.
 *
 * @example
 * const problem = await readProblem(response);
 * if (problem?.type === 'urn:shop:sold-out') return soldOut(problem.detail);
 */
export async function readProblem(response: Response): Promise<ProblemDetails | undefined> {
  const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/problem+json') return undefined;
  const text = await response.text();
  try {
    return problemOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const texts = ['type', 'title', 'detail', 'instance'];

/** A member of the wrong type is ignored, as the standard asks. */
function problemOf(value: unknown): ProblemDetails | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const members = Object.entries(value).filter(([name, member]) => {
    if (texts.includes(name)) return typeof member === 'string';
    return name !== 'status' || Number.isInteger(member);
  });
  return { type: 'about:blank', ...Object.fromEntries(members) };
}
