import { readFile } from 'node:fs/promises';
import type { Probe } from '../experiment/model.ts';
import type { Finding, ProbeHost } from './probe.ts';

/** Asks the operating system whether a service's process runs: a stopped or dead one does not. */
export async function askProcess(
  { service }: Extract<Probe, { kind: 'process' }>,
  host: ProbeHost,
): Promise<Finding> {
  const { pid } = host.service(service);
  if (pid === undefined) return { held: false, seen: 'no process' };
  const state = await stateOf(pid);
  return { held: state === 'running', seen: state === 'gone' ? 'no process' : `process ${pid} ${state}` };
}

async function stateOf(pid: number): Promise<'running' | 'stopped' | 'dead' | 'gone'> {
  try {
    process.kill(pid, 0);
  } catch {
    return 'gone';
  }
  // Only Linux has this file; elsewhere a process that takes signals counts as running.
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name, in brackets, may itself have brackets: the state follows the last one.
  const letter = line?.slice(line.lastIndexOf(')') + 2, line.lastIndexOf(')') + 3);
  if (letter === 'T' || letter === 't') return 'stopped';
  return letter === 'Z' || letter === 'X' ? 'dead' : 'running';
}
