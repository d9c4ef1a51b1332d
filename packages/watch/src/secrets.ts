/**
 * What must not be told: passwords and tokens do not belong in logs or events, wherever they got in from. This is a
 * net under careful code, not a replacement for it.
 */

/** What stands where a secret was. */
export const redacted = '[redacted]';

const secretName =
  /authorization|cookie|passw(?:or)?d|passphrase|secret|token|api[-_]?key|private[-_]?key|credential|session[-_]?id|card[-_]?number|\bcvv\b/i;

/** Whether a field of this name holds a secret by its name, such as `authorization` or `apiKey`. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/**
 * The text without the secrets that can be told by their form: a password in a URL, a bearer or basic credential, and
 * a secret's name followed by its value.
 *
 * @example withoutSecrets('postgres://shop:hunter2@db/orders') // 'postgres://[redacted]@db/orders'
 */
export function withoutSecrets(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]{1,200}@/gi, `$1${redacted}@`)
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${redacted}`)
    .replace(
      /\b([\w-]{0,40}(?:passw(?:or)?d|passphrase|secret|token|api[-_]?key|access[-_]?key))(["']?\s*[=:]\s*["']?)[^\s"'&,;]{1,500}/gi,
      `$1$2${redacted}`,
    );
}
