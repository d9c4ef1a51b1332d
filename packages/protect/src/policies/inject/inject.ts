import { discard } from '../../kernel/discard.ts';
import {
  Admission,
  Answer,
  type Binding,
  type Call,
  definePolicy,
  type Layer,
  layer,
  type Policy,
} from '../../kernel/layer.ts';
import { InjectedError } from './errors.ts';
import { type ActiveFault, endsCall, type InjectedFault } from './fault.ts';
import { Injector } from './state.ts';

/**
 * Breaks calls on purpose, within this process: they take longer, fail, have another result, or run a function first.
 * Innermost it stands in for a dependency that behaves badly, so that everything around it has to cope.
 *
 * Without a fault it does nothing and costs nothing that can be measured; faults are switched by the injector at run
 * time.
 *
 * @param faults - the injector, or a fault that is on from the start; `pipeline.machine(policy)` has its injector
 * @throws OptionsError
 * @example
 * const chaos = injector();
 * const stock = pipeline('stock', [fallback('unknown'), timeout('300ms'), inject(chaos)]);
 * chaos.begin({ id: 'gone', effect: 'error' });
 * await stock.run(getStock); // 'unknown'
 * @example inject({ id: 'lost-replies', effect: 'error', at: 'reply', rate: 0.1 })
 */
export function inject(faults: Injector | InjectedFault): Policy<never, false, Injector> {
  const injectorFor = () => {
    if (faults instanceof Injector) return faults;
    const own = new Injector();
    own.begin(faults);
    return own;
  };
  injectorFor();
  return definePolicy('inject', (binding) => injectLayer(binding, injectorFor()));
}

function injectLayer(binding: Binding, machine: Injector): Layer {
  const { emit, runtime } = binding;

  function strike(at: 'request' | 'reply', call: Call): readonly ActiveFault[] {
    const faults = machine.strike(at, call.options, runtime.random);
    if (runtime.events.active) {
      for (const { id, effect } of faults) emit('inject.injected', { fault: id, effect });
    }
    return faults;
  }

  return layer({
    machine,
    enter(call) {
      if (!machine.active) return undefined;
      const faults = strike('request', call);
      if (faults.length === 0) return undefined;
      const { promise, cancel } = play(binding, call, faults, undefined);
      return endsCall(faults) ? new Answer(promise, cancel) : new Admission(promise as Promise<void>, cancel);
    },
    succeeded(call, value) {
      if (!machine.active) return undefined;
      const faults = strike('reply', call);
      if (faults.length === 0) return undefined;
      const { promise, cancel } = play(binding, call, faults, value);
      return new Answer(promise, cancel);
    },
  });
}

/** Plays the faults that hit a call, one after the other; the promise brings what the call has then for its value. */
function play(
  { pipeline, runtime }: Binding,
  { options }: Call,
  faults: readonly ActiveFault[],
  value: unknown,
): { readonly promise: Promise<unknown>; readonly cancel: () => void } {
  let wake = () => {};
  let cancelled = false;

  async function playAll(): Promise<unknown> {
    let answer = value;
    for (const fault of faults) {
      if (cancelled) break;
      if (fault.effect === 'latency') {
        const delayMs = fault.delayMs + runtime.random() * fault.jitterMs;
        await new Promise<void>((resolve) => {
          const timer = runtime.timers.set(resolve, delayMs);
          fault.waiting.add(resolve);
          wake = () => {
            timer.cancel();
            fault.waiting.delete(resolve);
            resolve();
          };
        });
        wake();
      } else if (fault.effect === 'behaviour') {
        await fault.behaviour!(options);
      } else {
        discard(value);
        if (fault.effect === 'error') throw errorOf(fault, pipeline);
        answer = typeof fault.result === 'function' ? await fault.result(value) : fault.result;
      }
    }
    return answer;
  }

  return {
    promise: playAll(),
    cancel() {
      cancelled = true;
      // The promise then ends with the value, which the engine lets go of.
      wake();
    },
  };
}

function errorOf({ id, error }: ActiveFault, pipeline: string): unknown {
  return typeof error === 'function' ? error() : new InjectedError(pipeline, id, error);
}
