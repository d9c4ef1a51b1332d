/**
 * Takes memory and holds it, as a leak would: every page is written, so that it is really there. In steps, so that the
 * process stays alive while it takes; and never the last of what there is, since a machine that runs out of memory
 * kills whom it likes.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { background } from '@seaworthy/protect';
import { type InsideContext, type InsideFault, numberOption } from './inside-fault.ts';

const stepBytes = 8 * 2 ** 20;
/** What is left to the machine, and to the heap. */
const spareBytes = 128 * 2 ** 20;
const megabyte = 2 ** 20;

/** Holds `size` bytes in `area`: `buffers` outside the JavaScript heap, or `heap` within it. */
export const holdMemory: InsideFault = {
  name: 'exhaust-memory',
  async begin(options, context) {
    const size = numberOption(options, 'size', 1, context.memoryBytesMax);
    const area = options.area === 'heap' ? inHeap() : inBuffers();
    try {
      for (let held = 0; held < size && !context.signal.aborted; ) {
        const bytes = Math.min(stepBytes, size - held);
        area.check(size - held);
        area.take(bytes);
        held += bytes;
        await pause(context);
      }
    } catch (error) {
      area.release();
      throw error;
    }
    if (context.signal.aborted) area.release();
    return { end: () => area.release() };
  },
};

/** A kind of memory. */
interface Area {
  /** Throws when there is not enough left for so many bytes more. */
  check(bytes: number): void;
  take(bytes: number): void;
  release(): void;
}

function inBuffers(): Area {
  const held: ArrayBuffer[] = [];
  return {
    check: (bytes) => checkRoom(process.availableMemory(), bytes, 'free on this machine'),
    take(bytes) {
      const buffer = new ArrayBuffer(bytes);
      // Pages that were never written take no memory.
      new Uint8Array(buffer).fill(0x5a);
      held.push(buffer);
    },
    release() {
      // Taking the bytes away frees them at once; otherwise they would wait for the next collection.
      for (const buffer of held) (buffer as { transfer?(byteLength: number): unknown }).transfer?.(0);
      held.length = 0;
    },
  };
}

/** Small objects that point to one another, since those are what a collector has to walk. */
interface Link {
  readonly value: number;
  readonly next: Link | undefined;
}
const linkBytes = 56;

function inHeap(): Area {
  let last: Link | undefined;
  return {
    check(bytes) {
      const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics();
      checkRoom(limit - used, bytes, 'left in the JavaScript heap of this process');
    },
    take(bytes) {
      for (let taken = 0; taken < bytes; taken += linkBytes) last = { value: taken + 0.5, next: last };
    },
    release() {
      if (!last) return;
      last = undefined;
      collectGarbage();
    },
  };
}

/** The collector comes when it likes; the fault is over only once it did. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function checkRoom(left: number, bytes: number, where: string): void {
  if (left - bytes >= spareBytes) return;
  throw new RangeError(
    `${inMegabytes(bytes)} more cannot be taken: ${inMegabytes(left)} are ${where}, and ${inMegabytes(spareBytes)} stay free. Choose a smaller size.`,
  );
}

function inMegabytes(bytes: number): string {
  return `${Math.round(bytes / megabyte)} MiB`;
}

function pause({ timers }: InsideContext): Promise<void> {
  return new Promise((resolve) => {
    timers.set(resolve, 1, background);
  });
}
