/** Sends commands to Redis over one connection. */
export interface RedisSender {
  /** Settles when what is needed to send was loaded, which is no time of a call; nothing once it is. */
  readonly ready: Promise<unknown> | undefined;
  /** Never throws: its promise rejects. */
  send(command: readonly string[]): Promise<unknown>;
  /** Told when a command that was sent at `sinceMs` got no answer in time. */
  suspect(sinceMs: number): void;
  close(): Promise<void>;
}
