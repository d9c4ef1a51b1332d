import { readAttributes } from '../attributes.ts';
import { seededRandom } from '../random.ts';
import type { Stage, StreamName, StreamToxicKind } from '../toxic.ts';
import { type VirtualTime, virtualTime } from './virtual-time.ts';

/** A toxic on a bench: what goes in by hand comes out into a list, on a virtual clock. For tests. */
export interface StageBench {
  readonly stage: Stage;
  readonly time: VirtualTime;
  /** What came out: text, or how the stream ended, each with its time. */
  readonly out: { readonly at: number; readonly what: string }[];
  /** All bytes that came out. */
  text(): string;
  push(text: string): void;
  update(attributes: Readonly<Record<string, unknown>>): void;
}

/** Puts a toxic of that kind on a bench. */
export function stageBench(
  kind: StreamToxicKind,
  attributes: Readonly<Record<string, unknown>> = {},
  { stream = 'downstream', seed = 1 }: { readonly stream?: StreamName; readonly seed?: number } = {},
): StageBench {
  const time = virtualTime();
  const out: StageBench['out'] = [];
  const bytes: string[] = [];
  let current = readAttributes(kind, attributes);
  const stage = kind.create(
    {
      stream,
      ...time,
      random: seededRandom(seed, 'bench'),
      emit(chunk) {
        bytes.push(chunk.toString('latin1'));
        out.push({ at: time.clock.now(), what: chunk.toString('latin1') });
      },
      end: (how) => out.push({ at: time.clock.now(), what: `<${how}>` }),
    },
    current,
  );
  return {
    stage,
    time,
    out,
    text: () => bytes.join(''),
    push: (text) => stage.push(Buffer.from(text, 'latin1')),
    update(next) {
      current = readAttributes(kind, next, current);
      stage.update(current);
    },
  };
}
