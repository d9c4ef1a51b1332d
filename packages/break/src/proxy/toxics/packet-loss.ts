import { DelayLine } from '../stream/delay-line.ts';
import type { Attributes, StreamToxicKind } from '../toxic.ts';

/** How often a sender doubles its patience before it gives up; TCP's own limit is of this kind. */
const lossesInARowMax = 6;

/**
 * What an application sees of lost packets: no bytes are missing, for TCP sends them again, but everything behind a
 * lost packet waits for it. Each loss costs `retransmit` ms, twice that when the packet is lost again, and so on.
 */
export const packetLoss: StreamToxicKind = {
  type: 'packet_loss',
  structName: 'PacketLossToxic',
  acts: 'on-stream',
  summary: 'Stalls the stream as lost packets do, which TCP sends again.',
  attributes: [
    {
      name: 'probability',
      type: 'float64',
      default: 0,
      summary: 'the chance that a packet is lost, from 0 to 1',
    },
    {
      name: 'retransmit',
      type: 'int64',
      default: 200,
      summary: 'the time until a lost packet is sent again, in ms',
    },
    { name: 'packet_size', type: 'int64', default: 1460, summary: 'the bytes of a packet' },
  ],
  check: (attributes) => {
    const { probability, retransmitMs, packetSize } = read(attributes);
    if (probability < 0 || probability > 1) return `probability must be from 0 to 1, got ${probability}`;
    if (retransmitMs < 0) return `retransmit must be at least 0 ms, got ${retransmitMs}`;
    return packetSize < 1 ? `packet_size must be at least 1 byte, got ${packetSize}` : undefined;
  },
  create(host, first) {
    const line = new DelayLine(host);
    let values = read(first);
    const stallMs = (bytes: number) => {
      let lossMs = 0;
      for (let packets = Math.ceil(bytes / values.packetSize); packets > 0; packets -= 1) {
        let losses = 0;
        while (losses < lossesInARowMax && host.random() < values.probability) losses += 1;
        lossMs = Math.max(lossMs, values.retransmitMs * (2 ** losses - 1));
      }
      return lossMs;
    };
    return {
      capacity: 1024 * 1024,
      get held() {
        return line.held;
      },
      push: (chunk) => line.push(chunk, host.clock.now() + stallMs(chunk.length)),
      end: (kind) => line.push(kind, -Infinity),
      update(next) {
        values = read(next);
      },
      release: () => line.flush(),
      destroy: () => line.clear(),
    };
  },
};

function read(attributes: Attributes): { probability: number; retransmitMs: number; packetSize: number } {
  return {
    probability: Number(attributes['probability']),
    retransmitMs: Number(attributes['retransmit']),
    packetSize: Number(attributes['packet_size']),
  };
}
