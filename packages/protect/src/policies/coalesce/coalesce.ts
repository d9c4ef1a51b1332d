import type { CallOptions } from '../../kernel/call-options.ts';
import {
  Answer,
  type Binding,
  type Call,
  definePolicy,
  type Fork,
  type Layer,
  layer,
  type Policy,
} from '../../kernel/layer.ts';
import { knownKeys, wholeNumber } from '../../kernel/options.ts';

/** Which calls are the same. */
export interface CoalesceOptions {
  /** Calls with the same text are the same; `undefined` lets a call go on its own. Default: the call's `cacheKey`. */
  readonly key?: (call: CallOptions) => string | undefined;
  /** Flights that are shared at the same time; a call beyond it goes on its own. Default 10,000. */
  readonly maxFlights?: number;
}

/**
 * Makes one call of many that are the same and come while it is under way (single flight); each gets its result.
 *
 * A caller who gives up leaves the flight, which goes on for the others and ends with the last of them. A flight knows no
 * deadline but those of the policies within: each caller waits for it as long as its own allows.
 *
 * @throws OptionsError
 * @example pipeline('product', [coalesce(), timeout('300ms')])
 */
export function coalesce(options: CoalesceOptions = {}): Policy<never, false> {
  knownKeys('coalesce', options, ['key', 'maxFlights']);
  const maxFlights = wholeNumber('maxFlights', options.maxFlights ?? 10_000, 1);
  const { key = ({ cacheKey }) => cacheKey } = options;
  return definePolicy('coalesce', (binding) => coalesceLayer(binding, key, maxFlights));
}

interface Flight {
  readonly fork: Fork;
  passengers: number;
}

function coalesceLayer(
  binding: Binding,
  keyOf: NonNullable<CoalesceOptions['key']>,
  maxFlights: number,
): Layer {
  const { emit, index, runtime } = binding;
  const flights = new Map<string, Flight>();

  function depart(call: Call, key: string): Flight {
    // The flight has no deadline of its first passenger's, which is not that of those who join.
    const flight: Flight = { fork: call.fork(index, Infinity), passengers: 0 };
    flights.set(key, flight);
    const land = () => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    flight.fork.promise.then(land, land);
    return flight;
  }

  function board(flight: Flight, key: string): Answer {
    flight.passengers++;
    let left = false;
    // Whoever left must not let go of a result, as the engine would, that the others are about to read.
    const result = flight.fork.promise.then((value) => (left && flight.passengers > 0 ? undefined : value));
    return new Answer(result, (reason) => {
      left = true;
      if (--flight.passengers > 0) return;
      // Whoever comes from now on needs a flight that is not being ended.
      if (flights.get(key) === flight) flights.delete(key);
      flight.fork.interrupt(reason);
    });
  }

  return layer({
    enter(call) {
      const key = keyOf(call.options);
      if (key === undefined) return undefined;
      const flight = flights.get(key);
      if (flight !== undefined) {
        if (runtime.events.active) emit('coalesce.joined', { waiting: flight.passengers + 1 });
        return board(flight, key);
      }
      return flights.size >= maxFlights ? undefined : board(depart(call, key), key);
    },
  });
}
