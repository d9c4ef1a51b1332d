import { httpFault } from './parts/http-fault.ts';

/** Delivers requests twice, as a network or a proxy does that repeats what it took for lost: only one is answered. */
export const httpDuplicate = httpFault({
  name: 'http-duplicate',
  summary: 'Delivers chosen requests twice, one after the other; the second answer is thrown away.',
  options: [],
  toxic: () => ({ type: 'http_duplicate', stream: 'upstream', attributes: {} }),
});
