import { describe, expect, it } from 'vitest';
import { environmentOf } from './environment.ts';
import { silentChannel, tinyService } from './fixtures/systems.ts';

describe('the environment of a service', () => {
  const parts = {
    service: tinyService('gateway', { env: { LEVEL: 'service', PORT: '1', COLOUR: 'blue' } }),
    mode: { name: 'naive', env: { LEVEL: 'mode' } },
    port: 21_001,
    dataFolder: '/run/data/gateway',
    callUrls: new Map([['stock-keeper', 'http://127.0.0.1:21002']]),
    watch: silentChannel,
    inherited: { PATH: '/bin', LEVEL: 'inherited', SEAWORTHY_RUN: 'of another run' },
  };

  it('is what the service may rely on, each with the last word of who knows best', () => {
    expect(environmentOf(parts)).toEqual({
      PATH: '/bin',
      BEHAVIOUR: '',
      LEVEL: 'mode',
      COLOUR: 'blue',
      PORT: '21001',
      DATA_FOLDER: '/run/data/gateway',
      STOCK_KEEPER_URL: 'http://127.0.0.1:21002',
      SEAWORTHY_WATCH_URL: silentChannel.url,
      SEAWORTHY_WATCH_TOKEN: silentChannel.token,
      SEAWORTHY_SERVICE: 'gateway',
    });
  });
});
