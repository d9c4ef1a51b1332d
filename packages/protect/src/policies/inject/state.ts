import type { CallOptions } from '../../kernel/call-options.ts';
import { OptionsError } from '../../kernel/errors.ts';
import type { Random } from '../../kernel/random.ts';
import { type ActiveFault, endsIt, type InjectedFault, readFault } from './fault.ts';

/** What a fault has done so far: that it bites must be seen. */
export interface FaultCounts {
  /** Calls that came by since it began. */
  readonly calls: number;
  /** Those of them that it hit. */
  readonly injected: number;
}

/** No more faults at a time. */
const faultsMax = 100;

/**
 * Switches faults on and off in the pipelines that hold it. One may stand in many pipelines.
 *
 * @example
 * const chaos = injector();
 * const payment = pipeline('payment', [retry(), timeout('1s'), inject(chaos)]);
 * const end = chaos.begin({ id: 'slow', effect: 'latency', delay: '2s', rate: 0.3 });
 */
export class Injector {
  /** Whether any fault is on; the only thing that a call looks at while none is. */
  active = false;
  #faults: readonly ActiveFault[] = [];

  /**
   * Begins a fault; returns the function that ends it.
   *
   * @throws OptionsError
   */
  begin(fault: InjectedFault): () => void {
    const begun = readFault(fault);
    const others = this.#faults.filter(({ id }) => id !== begun.id);
    if (others.length >= faultsMax) {
      throw new OptionsError('fault', begun.id, `one of ${faultsMax} at most; end another one first`);
    }
    this.#set([...others, begun]);
    return () => this.#set(this.#faults.filter((other) => other !== begun));
  }

  /** Ends a fault, also for calls that it makes wait. Tells what it did; `undefined` when there was none of that id. */
  end(id: string): FaultCounts | undefined {
    const counts = this.counts(id);
    this.#set(this.#faults.filter((fault) => fault.id !== id));
    return counts;
  }

  endAll(): void {
    this.#set([]);
  }

  /** The ids of the faults that are on. */
  get faults(): readonly string[] {
    return this.#faults.map(({ id }) => id);
  }

  /** What a fault has done so far; `undefined` when it is not on. */
  counts(id: string): FaultCounts | undefined {
    const fault = this.#faults.find((each) => each.id === id);
    return fault && { calls: fault.calls, injected: fault.injected };
  }

  /** The faults that hit a call, in the order in which they began, up to the first that ends it. */
  strike(at: 'request' | 'reply', call: CallOptions, random: Random): readonly ActiveFault[] {
    const hits: ActiveFault[] = [];
    for (const fault of this.#faults) {
      if (fault.at !== at || fault.when?.(call) === false) continue;
      fault.calls++;
      if (fault.rate < 1 && random() >= fault.rate) continue;
      fault.injected++;
      hits.push(fault);
      if (endsIt(fault)) break;
    }
    return hits;
  }

  #set(faults: readonly ActiveFault[]): void {
    for (const fault of this.#faults) {
      // What it did is undone with it: nobody waits on for a fault that is over.
      if (!faults.includes(fault)) for (const goOn of fault.waiting) goOn();
    }
    this.#faults = faults;
    this.active = faults.length > 0;
  }
}

/** Makes a switchboard of faults, all of them off. */
export function injector(): Injector {
  return new Injector();
}
