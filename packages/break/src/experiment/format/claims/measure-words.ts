/** What expectations and abort conditions can say of the load. */
import type { LoadMeasure } from '../../model.ts';
import type { QuantityKind } from '../shapes/quantity.ts';

/** A measure: what it is an amount of, and right lines about it. */
export interface MeasureWords {
  readonly measure: LoadMeasure;
  readonly kind: QuantityKind;
  readonly example: string;
  readonly abortExample: string;
}

const measureOf = (measure: LoadMeasure, kind: QuantityKind, right: string, wrong: string): MeasureWords => {
  const words = measure.replace('-', ' ');
  return {
    measure,
    kind,
    example: `${words} of load ${right}`,
    abortExample: `${words} of load ${wrong} for 3s`,
  };
};

/** The measures by the words that stand for them. */
export const measures: Readonly<Record<string, MeasureWords>> = {
  'success rate': measureOf('success-rate', 'fraction', '>= 99%', '< 50%'),
  goodput: measureOf('goodput', 'rate', '>= 80/s', '< 20/s'),
  p50: measureOf('p50', 'duration', '< 50ms', '> 1s'),
  p90: measureOf('p90', 'duration', '< 150ms', '> 2s'),
  p99: measureOf('p99', 'duration', '< 300ms', '> 2s'),
  'max latency': measureOf('max-latency', 'duration', '< 2s', '> 5s'),
};

/** What people say instead of a measure. */
export const measureSlips: Readonly<Record<string, string>> = {
  'error rate': 'success rate',
  'failure rate': 'success rate',
  errors: 'success rate',
  availability: 'success rate',
  throughput: 'goodput',
  p95: 'p99',
  p999: 'p99',
  latency: 'p99',
  'response time': 'p99',
  median: 'p50',
  'steady state': 'steady again',
  recovers: 'steady again',
};
