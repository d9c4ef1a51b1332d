/**
 * Orders that are to be charged once each, by the shop's own payment, through all that can go wrong on the way: a proxy
 * loses replies, delivers requests twice and delays them, and payment is killed again and again.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { proxy, type ToxicOptions } from '@seaworthy/break/proxy';
import { bulkhead, exponential, pipeline, retry, timeout } from '@seaworthy/protect';
import { seededRandom } from '@seaworthy/protect/testing';

export interface ChargeOrdersOptions {
  readonly orders: number;
  /** How often payment is killed, spread at random over the orders. */
  readonly kills: number;
  readonly seed: number;
  /** `keyed`: each order has an idempotency key, as a pipeline asks for. `naive`: repeated without one. */
  readonly mode: 'keyed' | 'naive';
  /** Where payment keeps its files. */
  readonly dataFolder: string;
  /** Where payment keeps the keys, when not in a file. */
  readonly records?: string | undefined;
  /** Told now and then how many orders are answered. */
  readonly onProgress?: (answered: number) => void;
}

export interface ChargeOrdersResult {
  /** The number of the charge that each order was told. */
  readonly told: ReadonlyMap<string, string>;
  readonly kills: number;
  /** Requests that reached the proxy beyond one an order. */
  readonly repeats: number;
}

const toxics: readonly ToxicOptions[] = [
  { name: 'lost', type: 'lost_reply', toxicity: 0.05 },
  { name: 'twice', type: 'http_duplicate', toxicity: 0.05 },
  { name: 'late', type: 'latency', attributes: { latency: 3, jitter: 3 } },
];
const atOnce = 20;

/** Has every order charged; each is asked for until it is answered. */
export async function chargeOrders(options: ChargeOrdersOptions): Promise<ChargeOrdersResult> {
  const { orders, kills, mode, onProgress } = options;
  const random = seededRandom(options.seed);
  let payment = await startPayment(options, 0);
  const link = await proxy({ upstream: `127.0.0.1:${payment.port}`, seed: options.seed, toxics });
  const line = pipeline(
    'payment',
    [
      bulkhead({ concurrency: atOnce, queue: orders }),
      retry({
        attempts: 100,
        backoff: exponential({ base: '10ms', max: '500ms' }),
        onResult: (answer) => (answer as Answer).status !== 201,
      }),
      timeout('1500ms'),
    ],
    { idempotent: mode === 'naive' },
  );

  const told = new Map<string, string>();
  let requests = 0;
  const one = async (order: string): Promise<void> => {
    const answer = await line.run(
      ({ signal, key }) => {
        requests++;
        return ask(`http://${link.listen}/charges`, order, mode === 'keyed' ? key : undefined, signal);
      },
      { key: order },
    );
    if (answer.status !== 201) throw new Error(`${order} was answered ${answer.status}: ${answer.text}`);
    told.set(order, (JSON.parse(answer.text) as { id: string }).id);
    if (told.size % 500 === 0) onProgress?.(told.size);
  };

  const names = Array.from({ length: orders }, (_, n) => `o-${n}`);
  // Each kill waits for a share of the orders, so that they are spread over the whole run.
  const killAt = Array.from({ length: kills }, () => Math.floor(random() * orders * 0.98)).sort(
    (a, b) => a - b,
  );
  let killed = 0;
  const answered = new AbortController();
  async function killNowAndThen(): Promise<void> {
    for (const at of killAt) {
      while (told.size < at && !answered.signal.aborted) await sleep(2);
      if (answered.signal.aborted) return;
      await sleep(random() * 20);
      payment.process.kill('SIGKILL');
      killed++;
      if (payment.process.signalCode === null) await once(payment.process, 'exit');
      payment = await startPayment(options, payment.port);
    }
  }

  try {
    const killing = killNowAndThen();
    await Promise.all([Promise.all(names.map(one)).finally(() => answered.abort()), killing]);
    return { told, kills: killed, repeats: requests - orders };
  } finally {
    answered.abort();
    await link.close();
    payment.process.kill('SIGTERM');
    if (payment.process.exitCode === null && payment.process.signalCode === null) {
      await once(payment.process, 'exit');
    }
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function ask(
  url: string,
  orderId: string,
  key: string | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (key !== undefined) headers['idempotency-key'] = `"${key}"`;
  const body = JSON.stringify({ orderId, amountCents: 700 });
  const response = await fetch(url, { method: 'POST', headers, body, signal });
  return { status: response.status, text: await response.text() };
}

async function startPayment(
  { dataFolder, records }: ChargeOrdersOptions,
  port: number,
): Promise<{ readonly process: ChildProcess; readonly port: number }> {
  const file = fileURLToPath(new URL('../../examples/shop/src/services/payment.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@seaworthy/source', '--no-warnings', file], {
    env: { ...process.env, PORT: String(port), DATA_FOLDER: dataFolder, PAYMENT_RECORDS: records ?? '' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`Payment did not start: it ended with ${signal ?? `exit code ${code}`}.`);
  });
  ended.catch(() => {});
  const [message] = await Promise.race([once(child, 'message'), ended]);
  return { process: child, port: (message as { port: number }).port };
}
