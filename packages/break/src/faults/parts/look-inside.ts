import type { ServiceHandle } from '../fault.ts';

/** A look takes less than a second; a busy event loop needs longer, a stopped one never answers. */
const leaseMs = 10_000;

/**
 * Has a process measure itself anew, by an agent's measurement such as `measure` or `check-writes`; `undefined` when it
 * cannot be asked.
 *
 * @param id - of the look, unique in the run
 */
export async function lookInside(
  service: ServiceHandle,
  id: string,
  measurement: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<Readonly<Record<string, number>> | undefined> {
  try {
    const { measured } = await service.beginInside(id, measurement, options, leaseMs);
    await service.endInside(id);
    return measured;
  } catch {
    return undefined;
  }
}
