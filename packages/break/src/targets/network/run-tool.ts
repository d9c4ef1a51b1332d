import { execFile } from 'node:child_process';
import { NetworkRightError } from './network-rights.ts';

/** The beginning of a command that is to run in the network namespace of a file such as `/run/netns/shop`. */
export function enterNamespace(file: string): readonly string[] {
  return ['nsenter', `--net=${file}`, '--'];
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
  const tool = command[0] === 'nsenter' ? (command[3] ?? 'nsenter') : (command[0] ?? '');
  if ((cause as NodeJS.ErrnoException).code === 'ENOENT' || /failed to execute/.test(said)) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? (command[0] ?? '') : tool;
    return new NetworkRightError(
      'TOOL_MISSING',
      `The program ${missing} is not installed; install it, or put a proxy on the link.`,
      { cause },
    );
  }
  if (/kind is unknown/.test(said)) {
    const message =
      'This kernel has no netem (sch_netem), which slows and loses packets; put a proxy on the link, whose toxics do the same.';
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
