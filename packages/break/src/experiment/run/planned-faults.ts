import type { Experiment, Step, Target } from '../model.ts';
import type { FaultKind } from '../../faults/fault.ts';
import type { FaultLabel } from '../../journal/record.ts';
import { RunError } from './run-error.ts';

/** A step of the method with the kind of its fault. */
export interface PlannedFault {
  readonly step: Step;
  readonly kind: FaultKind;
  readonly label: FaultLabel;
}

/**
 * Finds the fault of every step.
 *
 * @throws RunError for a fault that there is not, a target that it cannot have, or a load or network that is missing
 */
export function planFaults(experiment: Experiment, kinds: readonly FaultKind[]): PlannedFault[] {
  return experiment.method.map((step) => {
    const where = `line ${step.line} of ${experiment.file}`;
    const kind = kinds.find(({ name }) => name === step.fault);
    if (kind === undefined) {
      const known = kinds.map(({ name }) => name).join(', ');
      throw new RunError(
        'FAULT_UNKNOWN',
        `There is no fault \`${step.fault}\` (${where}); there are ${known}.`,
      );
    }
    if (!kind.targets.includes(step.target.kind)) {
      throw new RunError(
        'FAULT_TARGET_WRONG',
        `The fault \`${kind.name}\` cannot be aimed at a ${step.target.kind} (${where}), only at a ${kind.targets.join(' or a ')}.`,
      );
    }
    if (step.target.kind === 'load' && experiment.load === undefined) {
      throw new RunError(
        'LOAD_MISSING',
        `The fault \`${kind.name}\` acts on the load (${where}), and the experiment has none. Add \`load\`.`,
      );
    }
    if (kind.needs === 'namespaces' && experiment.system.network !== 'namespaces') {
      throw new RunError(
        'NETWORK_MISSING',
        `The fault \`${kind.name}\` (${where}) needs services in network namespaces. Write \`network: namespaces\` in the system file, or run it with \`--network namespaces\`.`,
      );
    }
    const id = `${nameOf(experiment.title)}-${step.id}`;
    return { step, kind, label: { id, fault: kind.name, target: showTarget(step.target) } };
  });
}

/** A target as people read it. */
function showTarget(target: Target): string {
  if (target.kind === 'link') return `${target.from} -> ${target.to}`;
  if (target.kind === 'groups') {
    return `${target.left.join(', ')} ${target.mutual ? '<->' : '->'} ${target.right.join(', ')}`;
  }
  return target.kind === 'service' ? target.service : 'load';
}

/** A title as part of an id: ids name toxics and files, so they have letters, digits and dashes only. */
function nameOf(title: string): string {
  const words = title.toLowerCase().match(/[a-z0-9]+/g) ?? ['experiment'];
  return words.join('-').slice(0, 60);
}
