import { join } from 'node:path';
import { getSystemErrorName } from 'node:util';
import type { ActiveFault, FaultHost, FaultInstance, FaultKind } from './fault.ts';
import { type AimedProcess, aimedProcess, stillRuns } from './parts/aim.ts';
import { beginFault } from './parts/begin-fault.ts';
import { FaultError } from './parts/fault-error.ts';
import {
  type FileSizeLimits,
  fileSizeLimits,
  limitCommand,
  type RunProgram,
  survivesLimit,
} from './parts/file-size-limit.ts';
import { freeBytes, removeFill, roomFor, showMegabytes, takenBytes, writeFill } from './parts/fill-file.ts';
import { lookInside } from './parts/look-inside.ts';

export interface ExhaustDiskOptions extends Readonly<Record<string, unknown>> {
  /** By a limit on this one process (Linux), or by a file that takes up room for everybody. */
  readonly how: 'limit' | 'fill';
  /** `limit`: the size beyond which the service can write no file, in bytes. */
  readonly limit: number;
  /** `fill`: how much is written, in bytes. */
  readonly size: number;
  /** `fill`: how much stays free whatever `size` says, in bytes. */
  readonly 'keep-free': number;
}

type DiskFault = FaultInstance<ExhaustDiskOptions>;

const megabyte = 2 ** 20;

/** Makes the fault; `run` runs `prlimit`. */
export function createExhaustDisk(run?: RunProgram): FaultKind<ExhaustDiskOptions> {
  const limits = fileSizeLimits(run);
  return {
    name: 'exhaust-disk',
    summary: 'Makes the writes of the service fail as on a full disk (limit), or fills the disk (fill).',
    targets: ['service'],
    options: [
      {
        name: 'how',
        type: 'choice',
        choices: ['limit', 'fill'],
        default: 'limit',
        summary: 'by a limit on this one process (Linux), or by a file that takes up room for everybody',
      },
      {
        name: 'limit',
        type: 'size',
        default: 0,
        summary: 'with `how: limit`, the size beyond which no file can be written; at 0 every write fails',
      },
      {
        name: 'size',
        type: 'size',
        default: 256 * megabyte,
        least: megabyte,
        summary: 'with `how: fill`, how much is written at most',
      },
      {
        name: 'keep-free',
        type: 'size',
        default: 1024 * megabyte,
        least: 64 * megabyte,
        summary: 'with `how: fill`, how much stays free whatever `size` says',
      },
    ],
    inject(fault, host) {
      const aimed = aimedProcess('exhaust-disk', fault.target, host);
      return fault.options.how === 'fill' ? fill(fault, host, aimed) : limit(fault, host, aimed, limits);
    },
  };
}

/** Takes the room to write from a service. */
export const exhaustDisk: FaultKind<ExhaustDiskOptions> = createExhaustDisk();

async function limit(
  fault: DiskFault,
  host: FaultHost,
  aimed: AimedProcess,
  limits: FileSizeLimits,
): Promise<ActiveFault> {
  const { service, pid, startedAt } = aimed;
  const bytes = fault.options.limit;
  const former = await limits.read(pid);
  if (!(await survivesLimit(pid))) {
    throw new FaultError(
      'FAULT_IMPOSSIBLE',
      `exhaust-disk would end process ${pid} of ${service.name}: it does not ignore SIGXFSZ, the signal of a file that grew too large. Use \`how: fill\`, or have the service ignore the signal.`,
    );
  }
  let looks = 0;
  const look = async () => {
    if (!stillRuns(aimed)) return { limit: undefined, write: 'the process is gone', fails: undefined };
    looks += 1;
    const { dataFolder: folder } = service;
    const measured = await lookInside(service, `${fault.id}-look-${looks}`, 'check-writes', {
      folder,
      at: bytes,
    });
    const fails = measured && measured['failed'] === 1;
    return { limit: await limits.read(pid).catch(() => undefined), write: showWrite(measured), fails };
  };
  const show = ({ limit, write }: Awaited<ReturnType<typeof look>>) => `${limit ?? 'unknown'}, ${write}`;
  const before = await look();

  return beginFault(fault, host, {
    steps: [{ do: 'run', command: limitCommand(pid, former), process: { pid, startedAt } }],
    begin: () => limits.set(pid, bytes),
    async end() {
      if (!stillRuns(aimed)) return;
      await limits.set(pid, former);
      const now = await limits.read(pid);
      if (now === former || !stillRuns(aimed)) return;
      throw new FaultError(
        'UNDO_FAILED',
        `The file size limit of process ${pid} of ${service.name} is ${now}, not ${former} as before; try \`${limitCommand(pid, former).join(' ')}\`.`,
      );
    },
    async observe() {
      const during = await look();
      return {
        measure: `file size limit of process ${pid} of ${service.name} in bytes, and a write to its data folder`,
        before: show(before),
        during: show(during),
        // A service that takes no questions is judged by what the system says of it.
        bites: during.limit === bytes && (during.fails ?? before.fails === undefined),
      };
    },
  });
}

function showWrite(measured: Readonly<Record<string, number>> | undefined): string {
  if (!measured) return 'no write tried';
  const errno = measured['errno'] ?? 0;
  if (errno === 0) return 'a write works';
  return `a write fails${errno > 0 ? ` (${getSystemErrorName(-errno)})` : ''}`;
}

async function fill(fault: DiskFault, host: FaultHost, { service }: AimedProcess): Promise<ActiveFault> {
  const folder = service.dataFolder;
  const path = join(folder, `.seaworthy-fill-${fault.id.replaceAll(/[^\w.-]/g, '_')}`);
  const before = await freeBytes(folder);
  const bytes = roomFor(fault.options.size, fault.options['keep-free'], before, folder);

  return beginFault(fault, host, {
    steps: [{ do: 'remove-file', path }],
    begin: () => writeFill(path, bytes),
    end: () => removeFill(path),
    async observe() {
      const taken = await takenBytes(path);
      return {
        measure: `free room in ${folder}, and what the file takes of it`,
        before: `${showMegabytes(before)} free`,
        during: `${showMegabytes(await freeBytes(folder))} free, ${showMegabytes(taken)} taken`,
        bites: taken >= 0.9 * bytes,
      };
    },
  });
}
