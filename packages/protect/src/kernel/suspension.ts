import type { Attempt } from './attempt.ts';
import type { Admission, Answer } from './layer.ts';

/**
 * What a call keeps once it can be interrupted, or has to wait: its promise, and what runs or is waited for now. Each
 * thing that runs belongs to a generation; what comes from a generation that was given up is ignored.
 */
export class Suspension {
  resolve: ((value: unknown) => void) | undefined;
  reject: ((error: unknown) => void) | undefined;
  /** How many layers are entered. */
  depth = 0;
  attempt: Attempt | undefined;
  /** The work's promise. */
  running: Promise<unknown> | undefined;
  waiting: Admission | Answer | undefined;
  /** The promises of work that was abandoned while it still ran, also by forks; oldest first. */
  abandoned: Promise<unknown>[] | undefined;
  /** Whether the engine is at work on the call; an interruption then waits for the end of the step. */
  busy = false;
  interruption: { index: number; reason: unknown; asFailure: boolean } | undefined;
  settled = false;
  readonly #parent: Suspension | undefined;
  #generation = 0;

  /** @param parent - that of the call of which this one is a fork */
  constructor(parent: Suspension | undefined) {
    this.#parent = parent;
  }

  /** Begins to run the work; returns the generation. */
  run(depth: number, attempt: Attempt, running: Promise<unknown>): number {
    this.depth = depth;
    this.attempt = attempt;
    this.running = running;
    return this.#generation;
  }

  /** Begins to wait; returns the generation. */
  wait(depth: number, waiting: Admission | Answer): number {
    this.depth = depth;
    this.attempt = undefined;
    this.waiting = waiting;
    return this.#generation;
  }

  /** Takes the call up again; false when what it ran or waited for has been given up. */
  resume(generation: number): boolean {
    if (generation !== this.#generation) return false;
    this.busy = true;
    this.attempt = undefined;
    this.running = undefined;
    this.waiting = undefined;
    return true;
  }

  /** Gives up what runs or is waited for. */
  giveUp(): void {
    this.#generation++;
    if (this.running !== undefined) this.#abandon(this.running);
    this.busy = true;
    this.attempt = undefined;
    this.running = undefined;
    this.waiting = undefined;
  }

  #abandon(running: Promise<unknown>): void {
    (this.abandoned ??= []).push(running);
    const parent = this.#parent;
    if (parent !== undefined) parent.#abandon(running);
  }
}
