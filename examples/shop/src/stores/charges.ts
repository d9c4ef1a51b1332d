/**
 * The charges, and the promise that matters most in a shop: one key, one charge.
 *
 * A caller that never saw the reply asks again with the same key and gets the same reply, whatever died in between. How
 * that is kept depends on where charge and key are; each of the three files beside this one says how.
 */

import type { Charges } from './charge.ts';

/**
 * Opens the charges.
 *
 * @param records - where the keys are kept: a `postgres://` address holds charges and keys, a `redis://` address the keys
 *   alone; by default both are in a file of `dataFolder`
 */
export async function openCharges(dataFolder: string, records: string | undefined): Promise<Charges> {
  // A client that is not used is not loaded either.
  if (records === undefined) return (await import('./charges-in-sqlite.ts')).openChargesInSqlite(dataFolder);
  if (/^postgres(ql)?:/.test(records)) {
    return (await import('./charges-in-postgres.ts')).openChargesInPostgres(records);
  }
  return (await import('./charges-with-redis.ts')).openChargesWithRedis(dataFolder, records);
}
