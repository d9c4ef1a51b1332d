/**
 * The files of the page, read once when the gateway starts.
 */

import { readFileSync } from 'node:fs';
import type { Route } from './router.ts';
import type { Handler } from './server.ts';

const files = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/shop.css', file: 'shop.css', type: 'text/css; charset=utf-8' },
  { path: '/shop.js', file: 'shop.js', type: 'text/javascript; charset=utf-8' },
  { path: '/favicon.svg', file: 'favicon.svg', type: 'image/svg+xml' },
  { path: '/pictures.svg', file: 'pictures.svg', type: 'image/svg+xml' },
] as const;

/** The page loads nothing from elsewhere and is shown in no frame. */
const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

/** A route for each file. */
export function pageRoutes(): readonly Route<Handler>[] {
  return files.map(({ path, file, type }) => {
    const body = readFileSync(new URL(`page/${file}`, import.meta.url));
    return {
      method: 'GET',
      path,
      handle: () => ({ headers: { ...securityHeaders, 'content-type': type }, body }),
    };
  });
}
