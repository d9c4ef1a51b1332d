import { createHash, randomBytes } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { proxy, type ToxicOptions } from '@seaworthy/break/proxy';

/**
 * Sends 1 GiB through the proxy and back under each toxic that destroys nothing, and compares checksums. Exits with 1
 * when a byte is wrong: `npm run intact:proxy`.
 */
const size = Number(process.argv[2] ?? 2 ** 30);
const toxics: readonly (ToxicOptions | undefined)[] = [
  undefined,
  { type: 'latency', attributes: { latency: 10, jitter: 10 } },
  { type: 'bandwidth', attributes: { rate: 400_000 } },
  { type: 'slicer', attributes: { average_size: 20_000, size_variation: 10_000 } },
  { type: 'jitter', attributes: { distribution: 'exponential', mean: 3 } },
  { type: 'packet_loss', attributes: { probability: 0.0005, retransmit: 10 } },
  { type: 'stall', attributes: { duration: 20, interval: 100 } },
  { type: 'slow_close', attributes: { delay: 50 } },
  { type: 'http_status' },
];

const echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
const bound = echo.address();
const upstream = `127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`;
let wrong = 0;
for (const toxic of toxics) {
  const link = await proxy({ upstream, seed: 1 });
  if (toxic)
    for (const stream of ['upstream', 'downstream'] as const)
      await link.addToxic({ ...toxic, name: stream, stream });
  const startedAt = performance.now();
  const { sent, received } = await roundTrip(Number(link.listen.split(':')[1]));
  const seconds = (performance.now() - startedAt) / 1000;
  if (sent !== received) wrong += 1;
  await link.close();
  const verdict = sent === received ? 'intact' : 'WRONG';
  console.log(
    `${(toxic?.type ?? 'no toxic').padEnd(12)} ${verdict} ${sent.slice(0, 16)} ${seconds.toFixed(1)} s`,
  );
}
echo.close();
process.exitCode = wrong > 0 ? 1 : 0;

async function roundTrip(port: number): Promise<{ readonly sent: string; readonly received: string }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const received = createHash('sha256');
  socket.on('data', (chunk: Buffer) => received.update(chunk));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const sent = createHash('sha256');
  const block = randomBytes(1024 * 1024);
  for (let left = size, count = 0; left > 0; left -= block.length, count += 1) {
    block.writeUInt32BE(count, 0);
    const part = Buffer.from(block.subarray(0, Math.min(left, block.length)));
    sent.update(part);
    if (!socket.write(part))
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
  }
  socket.end();
  await closed;
  return { sent: sent.digest('hex'), received: received.digest('hex') };
}
