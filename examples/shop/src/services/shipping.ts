/** Shipping: books a parcel for an order that is paid. */

import { openDatabase } from '../database.ts';
import { startService } from '../service.ts';
import { openShipments, shipmentsSchema } from '../stores/shipments.ts';

await startService('shipping', ({ config }) => {
  const database = openDatabase(config.dataFolder, 'shipping', shipmentsSchema);
  const shipments = openShipments(database);
  return {
    routes: [
      {
        method: 'POST',
        path: '/shipments/:order',
        handle: ({ params }) => ({ status: 201, body: shipments.book(params['order'] ?? '') }),
      },
    ],
    close: () => database.close(),
  };
});
