/** Sends commands to Redis over one connection. */
export interface RedisSender {
  send(command: readonly string[]): Promise<unknown>;
  /** Told when a command that was sent at `sinceMs` got no answer in time. */
  suspect(sinceMs: number): void;
  close(): Promise<void>;
}
