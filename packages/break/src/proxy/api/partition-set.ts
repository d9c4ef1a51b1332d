import { type NetworkLink, type Partition, partition, type PartitionOptions } from '../network/partition.ts';
import type { Time } from '../time.ts';
import { ApiError } from './api-error.ts';

/** A partition, for people and programs. */
interface PartitionView {
  readonly name: string;
  readonly between: readonly string[];
  readonly and: readonly string[];
  readonly mode: string;
  /** The links that it cuts, as `from -> to`. */
  readonly cut: readonly string[];
  /** Whether messages are stopped just now. */
  readonly down: boolean;
}

/** The partitions of one server, by name. */
export class PartitionSet {
  readonly #links: () => readonly NetworkLink[];
  readonly #seed: number;
  readonly #time: Time;
  readonly #on = new Map<string, { readonly options: PartitionOptions; readonly partition: Partition }>();

  /** @param links - the proxies that say between which services they stand */
  constructor(links: () => readonly NetworkLink[], seed: number, time: Time) {
    this.#links = links;
    this.#seed = seed;
    this.#time = time;
  }

  all(): readonly PartitionView[] {
    return [...this.#on.keys()].map((name) => this.#view(name));
  }

  /** @throws ApiError, ProxyError `PARTITION_INVALID` */
  async add(name: string, options: PartitionOptions): Promise<PartitionView> {
    if (this.#on.has(name)) throw new ApiError('partition already exists', 409);
    const { seed = this.#seed } = options;
    const made = await partition(this.#links(), { ...options, name, seed, time: this.#time });
    this.#on.set(name, { options, partition: made });
    return this.#view(name);
  }

  /** @throws ApiError */
  async heal(name: string): Promise<void> {
    const found = this.#on.get(name);
    if (!found) throw new ApiError('partition not found', 404);
    this.#on.delete(name);
    await found.partition.heal();
  }

  async healAll(): Promise<void> {
    for (const name of this.#on.keys()) await this.heal(name);
  }

  #view(name: string): PartitionView {
    const found = this.#on.get(name);
    if (!found) throw new ApiError('partition not found', 404);
    const { options, partition: on } = found;
    const { between, and, mode = 'symmetric' } = options;
    return { name, between, and, mode, cut: on.cut, down: on.down };
  }
}
