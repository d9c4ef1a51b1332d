import { SeaworthyError } from '../kernel/errors.ts';

/** The outbox holds as many intents as it may. Code `OUTBOX_FULL`. */
export class OutboxFullError extends SeaworthyError {
  constructor(outbox: string, maxStored: number) {
    super(
      'OUTBOX_FULL',
      `The outbox "${outbox}" holds ${maxStored} intents, which is all it may. See that they are sent and that dead letters are decided on, or raise \`maxStored\`.`,
      { retryAfterMs: 1_000 },
    );
  }
}

/** Another intent has the key. Code `OUTBOX_KEY_TAKEN`. */
export class KeyTakenError extends SeaworthyError {
  constructor(outbox: string, key: string, busy: boolean) {
    super(
      'OUTBOX_KEY_TAKEN',
      busy
        ? `Another caller is putting an intent with the key "${key}" into the outbox "${outbox}" at this moment. Try again.`
        : `The outbox "${outbox}" holds another intent with the key "${key}". Give each intent a key of its own.`,
      busy ? { retryAfterMs: 100 } : {},
    );
  }
}

/** The relay or the client was closed, and the attempt is given up. Code `OUTBOX_CLOSED`. */
export class OutboxClosedError extends SeaworthyError {
  constructor(what: string) {
    super('OUTBOX_CLOSED', `${what} is closed. What it had not sent is sent by the next one.`);
  }
}

/** The client did not renew its lease in time; others may do its work now. Code `CLIENT_LEASE_LOST`. */
export class ClientLeaseLostError extends SeaworthyError {
  constructor(client: string, epoch: number) {
    super(
      'CLIENT_LEASE_LOST',
      `The client "${client}" lost the lease of its epoch ${epoch}: others may do its work now. See that the store can be reached; allow a longer lease.`,
    );
  }
}

/** The headers that name a client cannot be read. Code `CLIENT_HEADERS_INVALID`; HTTP 400. */
export class ClientHeadersError extends SeaworthyError {
  constructor(header: string, found: string | undefined) {
    const got = found === undefined ? 'there is none' : `got ${JSON.stringify(found.slice(0, 60))}`;
    super('CLIENT_HEADERS_INVALID', `Expected \`${header}\` as \`writeClient\` writes it; ${got}.`);
  }
}

/** The call is of an earlier life of its client, which has begun anew since. Code `STALE_EPOCH`; HTTP 409. */
export class StaleEpochError extends SeaworthyError {
  constructor(client: string, epoch: number, newest: number) {
    super(
      'STALE_EPOCH',
      `The client "${client}" has begun a newer life, epoch ${newest}; this is of epoch ${epoch}. Stop what belongs to the earlier life.`,
    );
  }
}
