import type { Random } from '@seaworthy/protect';
import { DelayLine } from '../stream/delay-line.ts';
import type { Attributes, StreamToxicKind } from '../toxic.ts';

const distributions = ['uniform', 'normal', 'exponential', 'pareto'];

/** As much as a fast link holds in flight; beyond it the sender waits. */
const capacity = 32 * 1024 * 1024;

/**
 * Delays each chunk by a time drawn from a distribution around `mean`, as real networks do: `normal` for a steady one,
 * `exponential` for queues, `pareto` for a long tail. Order is kept, so that a late chunk makes those behind it late.
 */
export const jitter: StreamToxicKind = {
  type: 'jitter',
  structName: 'JitterToxic',
  acts: 'on-stream',
  summary: 'Delays data by times of a distribution: uniform, normal, exponential or pareto.',
  attributes: [
    { name: 'distribution', type: 'string', default: 'normal', summary: distributions.join(', ') },
    { name: 'mean', type: 'float64', default: 0, summary: 'the mean delay in ms' },
    {
      name: 'deviation',
      type: 'float64',
      default: 0,
      summary: 'the standard deviation in ms; normal and uniform',
    },
    { name: 'shape', type: 'float64', default: 2, summary: 'the shape of the tail, above 1; pareto' },
    { name: 'max', type: 'float64', default: 0, summary: 'the longest delay in ms; 0 is no limit' },
  ],
  check: (attributes) => {
    const { distribution, mean, deviation, shape, max } = read(attributes);
    if (!distributions.includes(distribution)) {
      return `distribution must be one of ${distributions.join(', ')}, got ${JSON.stringify(distribution)}`;
    }
    if (mean < 0) return `mean must be at least 0 ms, got ${mean}`;
    if (deviation < 0) return `deviation must be at least 0 ms, got ${deviation}`;
    if (shape <= 1) return `shape must be above 1, got ${shape}`;
    return max < 0 ? `max must be at least 0 ms, got ${max}` : undefined;
  },
  create(host, first) {
    const line = new DelayLine(host);
    let values = read(first);
    const delay = () => drawDelay(values, host.random);
    return {
      capacity,
      get held() {
        return line.held;
      },
      push: (chunk) => line.push(chunk, host.clock.now() + delay()),
      end: (kind) => line.push(kind, -Infinity),
      update(next) {
        values = read(next);
        line.reschedule((load, arrivedAt) => (typeof load === 'string' ? -Infinity : arrivedAt + delay()));
      },
      release: () => line.flush(),
      destroy: () => line.clear(),
    };
  },
};

interface Values {
  readonly distribution: string;
  readonly mean: number;
  readonly deviation: number;
  readonly shape: number;
  readonly max: number;
}

function read(attributes: Attributes): Values {
  return {
    distribution: String(attributes['distribution']),
    mean: Number(attributes['mean']),
    deviation: Number(attributes['deviation']),
    shape: Number(attributes['shape']),
    max: Number(attributes['max']),
  };
}

/** Draws one delay in ms, from 0 to the limit. */
function drawDelay({ distribution, mean, deviation, shape, max }: Values, random: Random): number {
  const drawn = draw();
  return Math.min(Math.max(drawn, 0), max > 0 ? max : Infinity);

  function draw(): number {
    // 1 - random() is never 0, whose logarithm and power have no end.
    if (distribution === 'exponential') return -mean * Math.log(1 - random());
    // The scale at which this shape has the wanted mean.
    if (distribution === 'pareto') return ((mean * (shape - 1)) / shape) * (1 - random()) ** (-1 / shape);
    if (distribution === 'uniform') return mean + (random() * 2 - 1) * deviation * Math.sqrt(3);
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * random());
  }
}
