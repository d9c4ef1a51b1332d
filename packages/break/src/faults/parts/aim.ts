import type { Target } from '../../experiment/model.ts';
import type { FaultHost, LinkHandle, ServiceHandle } from '../fault.ts';
import { FaultError } from './fault-error.ts';

/** The running process at which a fault is aimed. */
export interface AimedProcess {
  readonly service: ServiceHandle;
  readonly pid: number;
  readonly startedAt: string;
}

/**
 * The process that a fault is aimed at.
 *
 * @throws FaultError `FAULT_IMPOSSIBLE` when the target is no service, or the service is not running
 */
export function aimedProcess(fault: string, target: Target, host: FaultHost): AimedProcess {
  if (target.kind !== 'service') throw wrongTarget(fault, target, 'a service');
  const service = host.service(target.service);
  const { pid, startedAt } = service;
  if (pid === undefined || startedAt === undefined) {
    throw new FaultError(
      'FAULT_IMPOSSIBLE',
      `${service.name} is not running, so ${fault} has nothing to act on. Let an earlier fault end first, or aim at another service.`,
    );
  }
  return { service, pid, startedAt };
}

/** Whether the process that a fault was aimed at still runs. */
export function stillRuns({ service, pid, startedAt }: AimedProcess): boolean {
  return service.pid === pid && service.startedAt === startedAt;
}

/**
 * The links that a fault is aimed at: one link, or all that lead to a service.
 *
 * @throws FaultError `FAULT_IMPOSSIBLE` when there are none
 */
export function aimedLinks(fault: string, target: Target, host: FaultHost): readonly LinkHandle[] {
  return aimedBothWays(fault, target, host).map(({ link }) => link);
}

/** A link, and whether its calls go from the right of the target to the left. */
export interface AimedLink {
  readonly link: LinkHandle;
  readonly reverse: boolean;
}

/**
 * As {@link aimedLinks}, for faults to which the direction matters.
 *
 * @throws FaultError `FAULT_IMPOSSIBLE` when there are none
 */
export function aimedBothWays(fault: string, target: Target, host: FaultHost): readonly AimedLink[] {
  const there = (link: LinkHandle): AimedLink => ({ link, reverse: false });
  if (target.kind === 'link') return [there(host.link(target.from, target.to))];
  if (target.kind === 'groups') return linksBetween(fault, target, host);
  if (target.kind !== 'service') throw wrongTarget(fault, target, 'a link or a service');
  const links = host.linksTo(target.service);
  if (links.length > 0) return links.map(there);
  throw new FaultError(
    'FAULT_IMPOSSIBLE',
    `No service calls ${target.service}, so there is no link for ${fault}. Aim at the process with hang or kill, or list ${target.service} under \`calls\` of a service that uses it.`,
  );
}

function linksBetween(
  fault: string,
  target: Extract<Target, { kind: 'groups' }>,
  host: FaultHost,
): readonly AimedLink[] {
  const { left, right, mutual } = target;
  const calls = (from: readonly string[], to: readonly string[]): readonly LinkHandle[] =>
    to.flatMap((callee) => host.linksTo(callee).filter((link) => from.includes(link.from)));
  const links = [
    ...calls(left, right).map((link) => ({ link, reverse: false })),
    ...(mutual ? calls(right, left).map((link) => ({ link, reverse: true })) : []),
  ];
  if (links.length > 0) return links;
  throw new FaultError(
    'FAULT_IMPOSSIBLE',
    `No service of the one group calls one of the other, so there is no link for ${fault}: ${showTarget(target)}.`,
  );
}

/** A link as people read it. */
export function showLink({ from, to }: Pick<LinkHandle, 'from' | 'to'>): string {
  return `${from} -> ${to}`;
}

function wrongTarget(fault: string, target: Target, expected: string): FaultError {
  return new FaultError('FAULT_IMPOSSIBLE', `${fault} acts on ${expected}, not on ${showTarget(target)}.`);
}

function showTarget(target: Target): string {
  if (target.kind === 'link') return `the link ${showLink(target)}`;
  if (target.kind === 'groups') {
    return `${target.left.join(', ')} ${target.mutual ? '<->' : '->'} ${target.right.join(', ')}`;
  }
  return target.kind === 'service' ? `the service ${target.service}` : 'the load';
}
