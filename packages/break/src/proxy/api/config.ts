import { readFile } from 'node:fs/promises';
import { ProxyError } from '../errors.ts';
import { type ProxyBody, readPopulateBody } from './bodies.ts';
import { parseFirstJson } from './json-syntax.ts';

/**
 * Reads a config file: Toxiproxy's list of proxies, in which each proxy may have `toxics`.
 *
 * @throws ProxyError `PROXY_CONFIG_INVALID`
 */
export async function readConfig(file: string): Promise<readonly ProxyBody[]> {
  try {
    return readPopulateBody(parseFirstJson(await readFile(file)));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : message;
    throw new ProxyError('PROXY_CONFIG_INVALID', `The config ${file} cannot be used: ${why}.`, {
      cause: error,
    });
  }
}
