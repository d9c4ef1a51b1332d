/** Tells when the process that started us is gone, so that nothing runs on unseen after a SIGKILL. */

/** Calls `gone` once, when the channel to ready.mjs closes; without such a channel, never. */
export function endWithParent(gone: () => void): void {
  if (!process.connected) return;
  process.once('disconnect', gone);
  process.channel?.unref();
}
