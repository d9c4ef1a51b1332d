import type { ConnectionCounts, TcpProxy } from '../tcp-proxy.ts';
import type { StreamName } from '../toxic.ts';

/** Which metrics `/metrics` shows. */
export interface MetricsOptions {
  readonly proxyMetrics: boolean;
  readonly runtimeMetrics: boolean;
}

/** Counts the bytes of closed connections, and writes what Prometheus reads. */
export class Metrics {
  readonly #options: MetricsOptions;
  readonly #received = new Map<string, number>();
  readonly #sent = new Map<string, number>();

  constructor(options: MetricsOptions) {
    this.#options = options;
  }

  /** Whether there is anything to show. */
  get on(): boolean {
    return this.#options.proxyMetrics || this.#options.runtimeMetrics;
  }

  /** A connection is over. */
  count(proxy: TcpProxy, counts: ConnectionCounts): void {
    if (!this.#options.proxyMetrics) return;
    const upstream = labels('upstream', proxy);
    const downstream = labels('downstream', proxy);
    add(this.#received, upstream, counts.upstreamBytes);
    add(this.#received, downstream, counts.downstreamBytes);
    add(this.#sent, upstream, counts.upstreamDelivered);
    add(this.#sent, downstream, counts.downstreamDelivered);
  }

  /** The text of `/metrics`, sorted by name. */
  text(): string {
    const families: string[] = [];
    if (this.#options.runtimeMetrics) families.push(...runtimeFamilies());
    families.push(
      family(
        'promhttp_metric_handler_errors_total',
        'counter',
        'Total number of internal errors encountered by the promhttp metric handler.',
        ['{cause="encoding"} 0', '{cause="gathering"} 0'],
      ),
    );
    if (this.#options.proxyMetrics) {
      families.push(bytesFamily('received', this.#received), bytesFamily('sent', this.#sent));
    }
    return families.join('');
  }
}

function labels(direction: StreamName, proxy: TcpProxy): string {
  const pairs = [
    ['direction', direction],
    ['listener', proxy.listen],
    ['proxy', proxy.name],
    ['upstream', proxy.upstream],
  ] as const;
  return `{${pairs.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function add(counter: Map<string, number>, key: string, bytes: number): void {
  counter.set(key, (counter.get(key) ?? 0) + bytes);
}

function bytesFamily(what: 'received' | 'sent', counter: ReadonlyMap<string, number>): string {
  if (counter.size === 0) return '';
  const lines = [...counter].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, bytes]) => `${key} ${bytes}`);
  return family(`toxiproxy_proxy_${what}_bytes_total`, 'counter', '', lines);
}

/** What this process says of itself, under the names that dashboards know. */
function runtimeFamilies(): readonly string[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  const startedAt = Math.floor(performance.timeOrigin / 1000);
  return [
    family('nodejs_external_memory_bytes', 'gauge', 'Memory outside the heap, in bytes.', [` ${external}`]),
    family('nodejs_heap_size_used_bytes', 'gauge', 'Heap in use, in bytes.', [` ${heapUsed}`]),
    family('process_cpu_seconds_total', 'counter', 'User and system CPU time, in seconds.', [
      ` ${(user + system) / 1e6}`,
    ]),
    family('process_resident_memory_bytes', 'gauge', 'Resident memory, in bytes.', [` ${rss}`]),
    family('process_start_time_seconds', 'gauge', 'When the process started, in Unix seconds.', [
      ` ${startedAt}`,
    ]),
  ];
}

function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly string[]): string {
  const lines = samples.map((sample) => `${name}${sample}\n`).join('');
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines}`;
}
