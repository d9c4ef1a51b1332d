import type { Probe } from '../experiment/model.ts';
import { askHttp } from './http.ts';
import type { AskOptions, Finding, ProbeHost, ProbeResult } from './probe.ts';
import { askProcess } from './process.ts';
import { askSql } from './sql.ts';

/**
 * Asks a probe once. Never throws for what it finds: a service that is down is an answer.
 *
 * @throws VariableError for a variable without value
 */
export async function askProbe(
  probe: Probe,
  host: ProbeHost,
  options: AskOptions = {},
): Promise<ProbeResult> {
  const beganMs = host.clock.now();
  const found = await askKind(probe, host, options);
  return { ...found, durationMs: host.clock.now() - beganMs };
}

function askKind(probe: Probe, host: ProbeHost, options: AskOptions): Promise<Finding> {
  if (probe.kind === 'http') return askHttp(probe, host, options);
  if (probe.kind === 'sql') return askSql(probe, host, options);
  return askProcess(probe, host);
}
