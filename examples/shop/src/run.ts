/**
 * The shop for a person: starts every service, says where the page is, and ends all of them on Ctrl-C.
 *
 *     npm start -w examples/shop              protected, on port 8080
 *     SHOP_MODE=naive PORT=9000 npm start -w examples/shop
 *     LOG=1 npm start -w examples/shop        with the services' logs
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from './config.ts';
import { startShop } from './start-shop.ts';

const dataFolder = mkdtempSync(join(tmpdir(), 'seaworthy-shop-'));
process.once('exit', () => rmSync(dataFolder, { recursive: true, force: true }));

try {
  const { mode, port } = readConfig({ PORT: '8080', ...process.env, DATA_FOLDER: dataFolder });
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
  const shop = await startShop({
    mode,
    dataFolder,
    gatewayPort: port,
    log: process.env['LOG'] ? 'show' : 'drop',
  });
  console.log(`The shop is open: ${shop.url}  (${mode})`);
  console.log('');
  for (const [name, { process: child }] of Object.entries(shop.services)) {
    console.log(`  ${name.padEnd(16)} pid ${child.pid}`);
  }
  console.log('');
  console.log(
    'Try it: buy something, then `kill -STOP` the pid of recommendations, or `kill -9` that of inventory.',
  );
  console.log('Ctrl-C closes the shop; what was bought is forgotten then.');
  await interrupted;
  await shop.close();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
