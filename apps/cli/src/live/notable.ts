/** Which records a watcher wants to hear of, and in what words; the live view and the plain lines share them. */
import type { RunRecord } from '@seaworthy/break/journal';
import type { Tone } from './line.ts';

/** Words for a record. With a `key`, they are said only the first time in an experiment. */
export interface Words {
  readonly text: string;
  readonly tone: Tone;
  readonly key?: string;
}

type PolicyRecord = Extract<RunRecord, { kind: 'policy' }>;

/** Events that change what the system does, told every time. */
const always = new Map<string, readonly [what: string, tone: Tone]>([
  ['circuit-breaker.opened', ['opened', 'warn']],
  ['circuit-breaker.closed', ['closed', 'good']],
  ['circuit-breaker.isolated', ['was isolated', 'warn']],
]);

/** Events that come by the hundred; the first one is news. */
const firstTime = new Map<string, readonly [what: string, tone: Tone]>([
  ['circuit-breaker.half-opened', ['is half open and tries again', 'plain']],
  ['fallback.answered', ['answers', 'plain']],
  ['fallback.failed', ['failed', 'bad']],
  ['cache.stale-served', ['serves stale values', 'plain']],
  ['bulkhead.rejected', ['is full and turns calls away', 'warn']],
  ['rate-limit.rejected', ['turns calls away', 'warn']],
  ['load-shed.rejected', ['sheds load', 'warn']],
  ['adaptive-limit.rejected', ['turns calls away', 'warn']],
  ['timeout.expired', ['gives slow calls up', 'plain']],
  ['hedge.started', ['asks a second time', 'plain']],
]);

/** The words for a record, or `undefined` when it is no news. */
export function wordsFor(record: RunRecord): Words | undefined {
  switch (record.kind) {
    case 'policy':
      return wordsForPolicy(record);
    case 'service':
      return wordsForService(record);
    case 'fault.injected':
      return { text: `fault ${record.fault.fault} is on ${record.fault.target}`, tone: 'warn' };
    case 'fault.observed':
      if (record.bites) return undefined;
      return {
        text: `fault ${record.fault.fault} on ${record.fault.target} was not seen to take effect; ${measured(record)}`,
        tone: 'bad',
      };
    case 'fault.undone': {
      const { fault, ok, detail } = record;
      if (ok) return { text: `fault ${fault.fault} on ${fault.target} is undone`, tone: 'plain' };
      return { text: `fault ${fault.fault} on ${fault.target} was not undone: ${detail ?? ''}`, tone: 'bad' };
    }
    case 'probe':
      if (record.held) return undefined;
      return {
        text: `${record.probe} does not hold: ${record.seen}`,
        tone: 'warn',
        key: `probe ${record.probe} ${record.phase}`,
      };
    case 'aborted':
      return { text: `aborted: ${record.condition}, seen ${record.seen}`, tone: 'bad' };
    case 'note':
      return { text: `note by ${record.by}: ${record.text}`, tone: 'plain' };
    default:
      return undefined;
  }
}

/** A control measurement, as far as it went. */
export function measured({
  measure,
  before,
  during,
}: Extract<RunRecord, { kind: 'fault.observed' }>): string {
  const parts = [before && `before: ${before}`, during && `now: ${during}`].filter((part) => part !== '');
  return [measure, ...parts].join('; ');
}

function wordsForPolicy({ event, service }: PolicyRecord): Words | undefined {
  const [policy = ''] = event.type.split('.');
  const name = `${policy} ${event.pipeline} in ${service}`;
  const told = always.get(event.type);
  // A breaker whose probes fail opens every few seconds, and was open all along for those who watch.
  if (event.type === 'circuit-breaker.opened' && event['from'] === 'half-open') return undefined;
  if (told !== undefined) return { text: `${name} ${told[0]}`, tone: told[1] };
  const first = firstTime.get(event.type);
  const key = `${event.type} ${event.pipeline} ${service}`;
  if (first !== undefined) return { text: `${name} ${first[0]}`, tone: first[1], key };
  if (event.type === 'retry.stopped' && event['because'] === 'budget') {
    return { text: `${name} stops: its budget is spent`, tone: 'warn', key };
  }
  return undefined;
}

function wordsForService(record: Extract<RunRecord, { kind: 'service' }>): Words | undefined {
  if (record.state === 'exited') {
    return { text: `${record.service} ${record.detail ?? 'ended'}`, tone: 'warn' };
  }
  if (record.state === 'restarted') return { text: `${record.service} is up again`, tone: 'good' };
  return undefined;
}
