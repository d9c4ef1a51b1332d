/** Something that a run taught and that is worth a person's time. */
export interface Finding {
  /** The same from run to run as long as it is the same finding. */
  readonly id: string;
  readonly kind: FindingKind;
  /** `act`: something is to be mended. `look`: worth a look. `note`: what limits the run's word. */
  readonly weight: 'act' | 'look' | 'note';
  readonly experiment: string | undefined;
  /** What was seen, with its figures; one or two sentences. */
  readonly text: string;
  /** What to do next, as a sentence. */
  readonly next: string;
}

/** The kinds of findings. */
export type FindingKind =
  | 'undo-failed'
  | 'fault-not-observed'
  | 'fault-not-absorbed'
  | 'fault-without-effect'
  | 'fault-not-answered'
  | 'retry-amplification'
  | 'not-steady-again'
  | 'recorded'
  | 'breaker-not-recovered'
  | 'policy-not-exercised'
  | 'generator-late'
  | 'events-dropped'
  | 'experiment-not-run';

/** Findings by weight, what is to be mended first; within a weight as they came. */
export function byWeight(findings: readonly Finding[]): Finding[] {
  const order: readonly Finding['weight'][] = ['act', 'look', 'note'];
  return [...findings].sort((one, other) => order.indexOf(one.weight) - order.indexOf(other.weight));
}
