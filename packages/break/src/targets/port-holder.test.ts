import { describe, expect, it } from 'vitest';
import { listeners } from './port-holder.ts';

describe('the sockets of /proc/net/tcp', () => {
  const header =
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
  const row = (local: string, state: string, inode: number) =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0 100 0`;

  it('are those that listen on the port, at whatever address', () => {
    const table = [
      header,
      row('0100007F:1F90', '0A', 11),
      row('0100007F:1F90', '01', 12),
      row('0100007F:1F91', '0A', 13),
      row('00000000000000000000000000000000:1F90', '0A', 14),
      '',
    ].join('\n');
    expect(listeners(table, 8080)).toEqual(['11', '14']);
    expect(listeners('', 8080)).toEqual([]);
  });
});
