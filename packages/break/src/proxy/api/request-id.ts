import { randomBytes } from 'node:crypto';

const digits = '0123456789abcdefghijklmnopqrstuv';

/** Makes ids that sort by time, of 20 letters: seconds, what tells this process from others, and a counter. */
export function requestIds(nowMs: () => number): () => string {
  const process = randomBytes(5);
  let counter = randomBytes(3).readUIntBE(0, 3);
  return () => {
    counter = (counter + 1) % 2 ** 24;
    const bytes = Buffer.alloc(12);
    bytes.writeUInt32BE(Math.floor(nowMs() / 1000) >>> 0, 0);
    process.copy(bytes, 4);
    bytes.writeUIntBE(counter, 9, 3);
    return base32(bytes);
  };
}

function base32(bytes: Buffer): string {
  let text = '';
  let bits = 0;
  let waiting = 0;
  for (const byte of bytes) {
    waiting = ((waiting << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += digits[(waiting >>> bits) & 31];
    }
  }
  return bits > 0 ? text + digits[(waiting << (5 - bits)) & 31] : text;
}
