import type { ServiceHandle } from '../faults/fault.ts';
import type { ServiceState } from '../journal/record.ts';
import { type ReadyAnswer, checkReady } from './check-ready.ts';
import { SystemError } from './errors.ts';
import { type Ending, type Life, describeEnding, startLife } from './life.ts';
import type { InsideMeasure } from './needs.ts';
import { type ReservedPort, loopback, portInUse, portIsTaken } from './ports.ts';
import type { ServiceOptions, StopReport } from './service-options.ts';
import { exitedEarly, notReady, saysAddressInUse } from './service-trouble.ts';
import { settlesWithin, unixMs, wait } from './time.ts';

const checkEveryMs = 50;
const checkMsMax = 2_000;
/** How long a killed process may take to be gone before it is started again. */
const goneMsMax = 3_000;
/** How often, and how far apart, a port is asked for again that the dead process may still hold. */
const portTriesMax = 5;
const portRetryMs = 200;

/** A service of a running system: its processes, one after the other, on one port with one data folder. */
export class Service implements ServiceHandle {
  readonly name: string;
  readonly dataFolder: string;
  readonly #options: ServiceOptions;
  readonly #halt = new AbortController();
  readonly #halted = new Promise<void>((resolve) => {
    this.#halt.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  #port: ReservedPort;
  #life: Life | undefined;
  /** The start or restart under way. */
  #rising: Promise<void> | undefined;
  #stopping: Promise<StopReport> | undefined;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#port = options.port;
    this.name = options.definition.name;
    this.dataFolder = options.dataFolder;
  }

  get port(): number {
    return this.#port.port;
  }

  get url(): string {
    return `http://${this.#options.place.host}:${this.port}`;
  }

  get pid(): number | undefined {
    return this.#running?.pid;
  }

  get startedAt(): string | undefined {
    return this.#running?.note.startedAt;
  }

  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): boolean {
    return this.#running?.note.signal(signal) ?? false;
  }

  check(timeoutMs: number): Promise<ReadyAnswer> {
    return checkReady(this.#readyUrl, timeoutMs, this.#options.time);
  }

  beginInside(
    faultId: string,
    fault: string,
    options: Readonly<Record<string, unknown>>,
    leaseMs: number,
  ): Promise<InsideMeasure> {
    return this.#options.watch.inside.begin(this.name, faultId, fault, options, leaseMs);
  }

  endInside(faultId: string): Promise<InsideMeasure> {
    return this.#options.watch.inside.end(this.name, faultId);
  }

  /** Starts the service for the first time and waits until it is ready. */
  start(): Promise<void> {
    return this.#rise(() => this.#startFirst());
  }

  restart(): Promise<void> {
    return this.#rise(() => this.#startAgain());
  }

  /** Gives up a start that is under way, and allows no other. */
  halt(): void {
    if (this.#halt.signal.aborted) return;
    this.#halt.abort(new SystemError('SYSTEM_STOPPED', `Service \`${this.name}\` is being stopped.`));
  }

  /** Stops the service for good: SIGTERM, and after the grace SIGKILL. */
  stop(graceMs: number): Promise<StopReport> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  get #running(): Life | undefined {
    return this.#life?.ending === undefined ? this.#life : undefined;
  }

  get #readyUrl(): string {
    return `${this.url}${this.#options.definition.ready}`;
  }

  #rise(work: () => Promise<void>): Promise<void> {
    this.#rising ??= work().finally(() => {
      this.#rising = undefined;
    });
    return this.#rising;
  }

  /** A port that was free when it was chosen may be taken by now; then the service gets another one, once. */
  async #startFirst(): Promise<void> {
    const { movePort } = this.#options;
    try {
      await this.#launch('starting');
    } catch (error) {
      if (!this.#blamesPort(error)) throw error;
      if (movePort === undefined) throw await this.#portTrouble(error);
      this.#port = await movePort();
      await this.#launch('starting');
    }
  }

  async #startAgain(): Promise<void> {
    const life = this.#life;
    if (life !== undefined) {
      await Promise.race([settlesWithin(this.#options.time.timers, life.ended, goneMsMax), this.#halted]);
      this.#halt.signal.throwIfAborted();
      if (life.ending === undefined) {
        throw new SystemError(
          'SERVICE_RUNNING',
          `Service \`${this.name}\` (process ${life.pid}) is to be started again and has not ended. End it first.`,
        );
      }
      await life.cleared;
    }
    for (let tries = 1; ; tries++) {
      try {
        return await this.#launch('restarted');
      } catch (error) {
        if (!this.#blamesPort(error)) throw error;
        if (tries === portTriesMax) throw await this.#portTrouble(error);
        await wait(this.#options.time.timers, portRetryMs, this.#halt.signal);
      }
    }
  }

  #blamesPort(error: unknown): boolean {
    return (
      error instanceof SystemError &&
      error.code === 'SERVICE_EXITED' &&
      saysAddressInUse(this.#options.output)
    );
  }

  /** The service may have meant a port of its own choice; who holds ours is looked at, not guessed. */
  async #portTrouble(error: unknown): Promise<unknown> {
    const here = this.#options.place.host === loopback;
    return here && (await portIsTaken(this.port)) ? portInUse(this.name, this.port) : error;
  }

  async #launch(state: ServiceState): Promise<void> {
    const { cwd, environment, ledger, output, place, time } = this.#options;
    this.#halt.signal.throwIfAborted();
    output.forget();
    const env = environment(this.port);
    const command = [...place.enter, ...this.#options.command];
    const life = await startLife({ name: this.name, command, cwd, env, ledger, output, timers: time.timers });
    this.#life = life;
    void life.ended.then((ending) => this.#onEnded(life, ending));
    this.#record(state, life.pid);
    await this.#port.release();
    if (!this.#halt.signal.aborted) life.begin();
    await this.#untilReady(life);
    this.#record('ready', life.pid);
  }

  async #untilReady(life: Life): Promise<void> {
    const { definition, command, output, time } = this.#options;
    const trouble = { name: this.name, command, output };
    const until = time.clock.now() + definition.readyWithinMs;
    let seen = 'there was no answer';
    for (let looks = 0; ; looks++) {
      this.#halt.signal.throwIfAborted();
      if (life.ending !== undefined) {
        await life.cleared;
        throw exitedEarly(trouble, life.ending);
      }
      const leftMs = until - time.clock.now();
      if (leftMs <= 0) throw notReady(trouble, this.#readyUrl, definition.readyWithinMs, seen);
      const checked = this.check(Math.min(checkMsMax, leftMs)).then(
        ({ status }) => status,
        (error: NodeJS.ErrnoException) => {
          // The last look is cut short; what was seen before says more.
          if (error.code === 'ETIMEDOUT' && leftMs < checkMsMax && looks > 0) return;
          seen = `there was none (${error.code ?? error.message})`;
        },
      );
      const status = await Promise.race([checked, life.ended.then(() => undefined)]);
      if (status === 200 && life.ending === undefined) return;
      if (status !== undefined) seen = `it was ${status}`;
      await Promise.race([wait(time.timers, checkEveryMs, this.#halt.signal), life.ended]);
    }
  }

  #onEnded(life: Life, ending: Ending): void {
    if (this.#stopping !== undefined) return;
    this.#record('exited', life.pid, describeEnding(ending));
    this.#options.onExit({ service: this.name, pid: life.pid, ...ending });
  }

  async #stop(graceMs: number): Promise<StopReport> {
    const { timers } = this.#options.time;
    this.halt();
    await this.#rising?.catch(() => {});
    await this.#port.release();
    const life = this.#life;
    const report = (how: StopReport['how']): StopReport => ({ service: this.name, how });
    if (life === undefined) return report('down');
    if (life.ending !== undefined) {
      await life.cleared;
      return report('down');
    }
    // A stopped process hears nothing but SIGKILL until it goes on.
    life.note.signal('SIGCONT');
    life.note.signal('SIGTERM');
    const inTime = await settlesWithin(timers, life.ended, graceMs);
    if (!inTime) await life.note.end().catch(() => {});
    await settlesWithin(timers, life.cleared, goneMsMax);
    const detail = inTime ? undefined : `it took no notice of SIGTERM within ${graceMs} ms and was killed`;
    this.#record('stopped', life.pid, detail);
    return report(inTime ? 'exited' : 'killed');
  }

  #record(state: ServiceState, pid: number, detail?: string): void {
    const at = unixMs(this.#options.time.clock);
    this.#options.onRecord({ at, kind: 'service', service: this.name, state, pid, detail });
  }
}
