import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { NetworkRightError } from './network-rights.ts';

/**
 * Finds a program: on the PATH, or where those of the system's keeper are.
 *
 * @returns its absolute path
 * @throws NetworkRightError `TOOL_MISSING`
 */
export function findTool(name: string): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
  const found = folders.map((folder) => join(folder, name)).find(mayRun);
  if (found !== undefined) return found;
  throw toolMissing(name);
}

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function toolMissing(name: string, cause?: Error): NetworkRightError {
  return new NetworkRightError(
    'TOOL_MISSING',
    `The program ${name} is not installed; install it, or put a proxy on the link.`,
    cause && { cause },
  );
}

/**
 * The beginning of a command that is to run in the network namespace of a file such as `/run/netns/shop`.
 *
 * @throws NetworkRightError `TOOL_MISSING`
 */
export function enterNamespace(file: string): readonly string[] {
  return [findTool('nsenter'), `--net=${file}`, '--'];
}

/**
 * Runs a program of the network (ip, nft, tc, nsenter) and returns what it wrote; every failure is one clear error.
 *
 * @param input - what it reads
 * @throws NetworkRightError
 */
export function runTool(command: readonly string[], input = ''): Promise<string> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { timeout: 10_000 }, (error, stdout, stderr) => {
      if (error) reject(explain(command, stderr.trim() || error.message, error));
      else resolve(stdout);
    });
    // A program that ended early reads no more; its exit tells why.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

function explain(command: readonly string[], said: string, cause: Error): NetworkRightError {
  const within = command[0]?.endsWith('nsenter') === true;
  const tool = (within ? command[3] : command[0]) ?? '';
  if ((cause as NodeJS.ErrnoException).code === 'ENOENT' || /failed to execute/.test(said)) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? (command[0] ?? '') : tool;
    return toolMissing(missing, cause);
  }
  if (/kind is unknown/.test(said)) {
    const message =
      'This kernel cannot slow or lose packets: it has no sch_netem, sch_htb or cls_u32. Load them, or put a proxy on the link, whose toxics do the same.';
    return new NetworkRightError('NETEM_MISSING', message, { cause });
  }
  if (/No such file or directory/.test(said) && /nsenter: .*\/n(?:etn)?s/.test(said)) {
    return new NetworkRightError(
      'NAMESPACE_MISSING',
      `There is no such namespace: ${command[1]?.replace('--net=', '')}.`,
      { cause },
    );
  }
  return new NetworkRightError('NETWORK_FAILED', `${tool} could not change the network: ${said}.`, { cause });
}
