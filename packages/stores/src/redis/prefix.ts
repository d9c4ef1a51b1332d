import { OptionsError } from '@seaworthy/protect';

/** @throws OptionsError when `prefix` cannot stand in braces in front of keys */
export function checkPrefix(prefix: string): void {
  if (typeof prefix !== 'string' || !/^[\x21-\x7e]{1,100}$/.test(prefix) || /[{}]/.test(prefix)) {
    throw new OptionsError('prefix', prefix, '1 to 100 printable characters without spaces and braces');
  }
}
